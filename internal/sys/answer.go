package sys

import (
	"fmt"
	"syscall"
)

// AnswerText returns the symbol of an error number, as used in C programs and
// kernel logs. Its own text would be misleading for the kernel's answer to a call
// about modules: ENOENT is then not a missing file.
func AnswerText(e syscall.Errno) string {
	if name := ErrnoName(e); name != "" {
		return name
	}
	return fmt.Sprintf("errno %d", int(e))
}

// AboutSignature reports whether an answer of the kernel is about signatures.
func AboutSignature(e syscall.Errno) bool {
	switch e {
	case KeyRejected, NoKey, BadMessage, NoPackage:
		return true
	}
	return false
}
