package modsig_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// Files of TestGuestSigned in the guest.
const (
	guestKey  = "/signing_key.pem"
	guestCert = "/signing_cert.der"
)

// TestSignVM loads modules that Signer signed into real kernels that accept only signed
// ones. The kernels of distributions have no room for another certificate, so those of the
// test take the place of the kernel's own, in a copy of the image. Modules as the
// distribution signed them are refused then.
func TestSignVM(t *testing.T) {
	for _, k := range vm.Kernels(t, kernels.OldToNew()...) {
		kinds := []signtest.Kind{signtest.RSA}
		if takesECDSA(k.Release) {
			kinds = append(kinds, signtest.P256, signtest.P384)
		}
		for _, kind := range kinds {
			t.Run(k.Release+", "+string(kind), func(t *testing.T) { signInVM(t, k, kind) })
		}
	}
}

// takesECDSA reports whether a kernel of Debian can verify ECDSA signatures: older ones
// have it as a module.
func takesECDSA(release string) bool {
	return !strings.HasPrefix(release, "5.") && !strings.HasPrefix(release, "6.1.")
}

func signInVM(t *testing.T, k *vm.Kernel, kind signtest.Kind) {
	image := read(t, k.Image)
	var key *signtest.Key // the last one; the kernel's modules are signed with any of its keys
	for _, cert := range certificatesOf(t, k.Packed) {
		at := bytes.Index(image, cert.Raw)
		if at < 0 {
			t.Fatal("the kernel was not unpacked, so that its certificates cannot be replaced")
		}
		key = certifySized(t, kind, len(cert.Raw))
		copy(image[at:], key.Cert.Raw)
	}
	changed := *k
	changed.Image = write(t, t.TempDir(), "vmlinux", image)
	vm.RunGuestTests(t, &changed, &vm.Config{
		Modules: []string{"dummy"},
		Files: []vm.File{
			{Guest: guestKey, Data: key.PrivatePEM(t)},
			{Guest: guestCert, Data: key.Cert.Raw},
		},
		Cmdline: []string{"module.sig_enforce=1"},
		Args:    []string{"-test.run=^TestGuestSigned$"},
	})
}

// certifySized makes a key whose certificate has exactly that size in bytes: certificates in
// kernels follow each other, and say themselves where they end. The kernel does not ask who
// signed its own. That is the key, if there is room for it, since older kernels cannot read
// a certificate with an ECDSA signature.
func certifySized(t *testing.T, kind signtest.Kind, size int) *signtest.Key {
	t.Helper()
	key := signtest.NewKey(t, kind, "sized", nil)
	issuer := key.Private
	if kind == signtest.RSA && size < 800 {
		issuer = signtest.NewKey(t, signtest.P256, "issuer", nil).Private
	}
	pad := 0
	for range 1000 {
		der := certify(t, key.Private, issuer, pad)
		if len(der) == size {
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			return &signtest.Key{Private: key.Private, Cert: cert}
		}
		// A signature by ECDSA is a few bytes longer or shorter the next time.
		pad = max(0, pad+size-len(der))
	}
	t.Fatalf("no certificate of %d bytes can be made", size)
	return nil
}

// certify makes a small certificate whose subject is longer by pad bytes.
func certify(t *testing.T, key, issuer crypto.Signer, pad int) []byte {
	t.Helper()
	subject := pkix.Name{CommonName: "s" + strings.Repeat("+", pad)}
	if pad > 100 {
		subject = pkix.Name{CommonName: "s", OrganizationalUnit: []string{strings.Repeat("+", pad)}}
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: subject,
		NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(2e9, 0),
	}
	parent := &x509.Certificate{Subject: pkix.Name{CommonName: "i"}}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), issuer)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestCertifySized: the certificates of the tests have the sizes that are asked for.
func TestCertifySized(t *testing.T) {
	for _, kind := range []signtest.Kind{signtest.RSA, signtest.P256, signtest.P384} {
		for _, size := range []int{477, 1324} {
			if key := certifySized(t, kind, size); len(key.Cert.Raw) != size {
				t.Errorf("%s: %d bytes, want %d", kind, len(key.Cert.Raw), size)
			}
		}
	}
}

// TestGuestSigned: the kernel accepts what a Signer signs, with every digest that it has, in
// memory and in files of the kernel's own format, and nothing else.
func TestGuestSigned(t *testing.T) {
	vm.RequireGuest(t)
	files, err := filepath.Glob("/lib/modules/*/kernel/drivers/net/dummy.ko*")
	if err != nil || len(files) != 1 {
		t.Fatalf("found %v, %v", files, err)
	}
	theirs := unpacked(t, files[0])
	if kernelAccepts(t, theirs) {
		t.Fatal("the kernel accepts a module whose certificate it no longer has")
	}
	algorithms := string(read(t, "/proc/crypto"))
	for _, hash := range []string{"sha256", "sha384", "sha512"} {
		s, err := modsig.ReadSigner(guestKey, guestCert, &modsig.SignOptions{HashAlgo: hash})
		if err != nil {
			t.Fatal(err)
		}
		image, err := s.Sign(theirs)
		if err != nil {
			t.Fatal(err)
		}
		accepted := kernelAccepts(t, image)
		if hash != "sha256" && !strings.Contains(algorithms, ": "+hash+"\n") {
			t.Logf("the kernel has no %s built in; it accepts the module: %v", hash, accepted)
			continue
		}
		if !accepted {
			t.Errorf("%s: the kernel does not accept the module", hash)
		}
		if image[len(image)/2] ^= 1; kernelAccepts(t, image) {
			t.Errorf("%s: the kernel accepts a module that was changed", hash)
		}
	}
	s, err := modsig.ReadSigner(guestKey, guestCert, nil)
	if err != nil {
		t.Fatal(err)
	}
	loadSigned(t, s, files[0])
}

// loadSigned signs a module's file in place, and loads it, through the kernel's own
// decompression if it has that.
func loadSigned(t *testing.T, s *modsig.Signer, path string) {
	t.Helper()
	db, err := kmod.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	loader := kmod.NewLoader(db, nil)
	if result, err := loader.Load(context.Background(), "dummy"); err == nil {
		t.Fatalf("it is loaded as it was: %v", result.Inserted())
	}
	if err := s.SignFile(path); err != nil {
		t.Fatal(err)
	}
	result, err := loader.Load(context.Background(), "dummy")
	if err != nil || !slices.Equal(result.Inserted(), []string{"dummy"}) {
		t.Errorf("inserted %v, %v", result.Inserted(), err)
	}
	codec, err := os.ReadFile("/sys/module/compression")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	t.Logf("loaded %s; the kernel unpacks %q", path, bytes.TrimSpace(codec))
}
