package modsig_test

import (
	"testing"

	"github.com/gokmod/gokmod/internal/vmtest"
)

func TestMain(m *testing.M) { vmtest.Main(m) }

// guestCertificate is the file with the kernel's certificate in the guest.
const guestCertificate = "/certificate.der"

// TestVM runs the tests called TestGuest… inside real kernels, which take signed
// modules only.
func TestVM(t *testing.T) {
	for _, k := range vmtest.Kernels(t, vmtest.OldToNew()...) {
		t.Run(k.Release, func(t *testing.T) {
			certs := certificatesOf(t, k.Packed)
			vmtest.RunGuestTests(t, k, &vmtest.Config{
				Modules: []string{"dummy"},
				Files:   []vmtest.File{{Guest: guestCertificate, Data: certs[0].Raw}},
				Cmdline: []string{"module.sig_enforce=1"},
			})
		})
	}
}
