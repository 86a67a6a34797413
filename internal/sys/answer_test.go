package sys

import (
	"syscall"
	"testing"
)

func TestAboutSignature(t *testing.T) {
	for _, e := range []syscall.Errno{KeyRejected, NoKey, BadMessage, NoPackage} {
		if !AboutSignature(e) {
			t.Errorf("%d is about a signature", e)
		}
	}
	for _, e := range []syscall.Errno{0, syscall.EPERM, syscall.ENOENT, syscall.EINVAL} {
		if AboutSignature(e) {
			t.Errorf("%d is not about a signature", e)
		}
	}
}
