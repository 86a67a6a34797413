package modsig_test

import (
	"encoding/pem"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

func TestMain(m *testing.M) { vm.Main(m) }

// guestCertificates is the file with the kernel's certificates in the guest.
const guestCertificates = "/certificates.pem"

// TestVM runs TestGuestKernel and TestGuestLoader inside real kernels, which accept only
// signed modules.
func TestVM(t *testing.T) {
	for _, k := range vm.Kernels(t, kernels.OldToNew()...) {
		t.Run(k.Release, func(t *testing.T) {
			certs := certificatesOf(t, k.Packed)
			vm.RunGuestTests(t, k, &vm.Config{
				Modules: []string{"dummy"},
				Files:   []vm.File{{Guest: guestCertificates, Data: inPEM(certs)}},
				Cmdline: []string{"module.sig_enforce=1"},
				Args:    []string{"-test.run=^TestGuest(Kernel|Loader)$"},
			})
		})
	}
}

// inPEM writes certificates one after the other: modules need not be signed with
// the first one's key.
func inPEM(certs []*modsig.Certificate) []byte {
	var text []byte
	for _, cert := range certs {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	}
	return text
}
