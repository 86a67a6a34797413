package kmod_test

import (
	"testing"

	"github.com/gokmod/gokmod/internal/vmtest"
)

// guestModules are the modules that the guest tests use.
var guestModules = []string{"xfs", "crc32c_generic", "loop", "dummy", "nbd", "nf_nat", "brd", "ifb"}

// TestVM runs the tests called TestGuest… inside real kernels.
func TestVM(t *testing.T) {
	for _, k := range vmtest.Kernels(t) {
		t.Run(k.Release, func(t *testing.T) {
			vmtest.RunGuestTests(t, k, &vmtest.Config{Modules: guestModules})
		})
	}
}
