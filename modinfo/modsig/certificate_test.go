package modsig_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io/fs"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// TestCertificates compares with package crypto/x509.
func TestCertificates(t *testing.T) {
	odd := pkix.Name{CommonName: ` #leading, "quotes" and ünïcode `, Organization: []string{"A+B", "C\\D;<E>"},
		Country:      []string{"XX"},
		SerialNumber: "42"}
	keys := []*signtest.Key{
		signtest.NewKey(t, signtest.RSA, "plain", nil),
		signtest.NewKey(t, signtest.P384, "odd", func(c *x509.Certificate) { c.Subject = odd }),
		signtest.NewKey(t, signtest.P521, "long", func(c *x509.Certificate) {
			c.SerialNumber = new(big.Int).Lsh(big.NewInt(0xff), 150)
			c.NotBefore, c.NotAfter = time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(2126, 1, 2, 3, 4, 5, 0,
				time.UTC)
		}),
		signtest.NewKey(t, signtest.P256, "authority", func(c *x509.Certificate) {
			c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
			c.ExtKeyUsage, c.DNSNames = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}, []string{"example.org"}
		}),
		signtest.NewKey(t, signtest.P256, "without key id", func(c *x509.Certificate) { c.SubjectKeyId = nil }),
		{Cert: parse(t, golden(t))},
	}
	for _, key := range keys {
		want := key.Cert
		certs, err := modsig.ParseCertificates(want.Raw)
		if err != nil || len(certs) != 1 {
			t.Errorf("%s: %d certificates, %v", want.Subject, len(certs), err)
			continue
		}
		got := certs[0]
		if got.Subject != want.Subject.ToRDNSequence().String() || got.Issuer != want.Issuer.ToRDNSequence().String() {
			t.Errorf("subject %q and issuer %q, want %q and %q", got.Subject, got.Issuer, want.Subject, want.Issuer)
		}
		if new(big.Int).SetBytes(got.Serial).Cmp(want.SerialNumber) != 0 || !bytes.Equal(got.SubjectKeyID,
			want.SubjectKeyId) ||
			!got.NotBefore.Equal(want.NotBefore) || !got.NotAfter.Equal(want.NotAfter) || !bytes.Equal(got.Raw, want.Raw) {
			t.Errorf("%s: got %+v", want.Subject, got)
		}
		public, ok := got.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
		if !ok || !public.Equal(want.PublicKey) {
			t.Errorf("%s: the key is %v", want.Subject, got.PublicKey)
		}
	}
}

func golden(t *testing.T) []byte {
	t.Helper()
	text, err := fs.ReadFile(modtest.Golden(), "cert.pem")
	if err != nil {
		t.Fatal(err)
	}
	certs, err := modsig.ParseCertificates(text)
	if err != nil {
		t.Fatal(err)
	}
	return certs[0].Raw
}

func parse(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestForms(t *testing.T) {
	a, b := signtest.NewKey(t, signtest.P256, "a", nil), signtest.NewKey(t, signtest.P256, "b", nil)
	both := string(a.PEM()) + string(b.PEM())
	ders := string(a.Cert.Raw) + string(b.Cert.Raw)
	tests := []struct {
		name, data string
		want       string
		err        error
	}{
		{"PEM", both, "CN=a CN=b", nil},
		{"PEM with text", "0 s:/CN=a\nsome text\n" + both + "more", "CN=a CN=b", nil},
		{"PEM with a private key", string(a.PrivatePEM(t)) + both, "CN=a CN=b", nil},
		{"DER", ders, "CN=a CN=b", nil},
		{"one", string(b.PEM()), "CN=b", nil},
		{"empty", "", "", modsig.ErrNoCertificate},
		{"only a private key", string(a.PrivatePEM(t)), "", modsig.ErrNoCertificate},
		{"text", "no certificate", "", modsig.ErrNoCertificate},
		{"a byte behind", ders + "\x00", "", modsig.ErrCertificate},
		{"cut off", ders[:len(ders)-1], "", modsig.ErrCertificate},
		{"wrong DER in PEM", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "", modsig.ErrCertificate},
	}
	for _, test := range tests {
		certs, err := modsig.ParseCertificates([]byte(test.data))
		if got := subjects(certs); got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: got %q, %v", test.name, got, err)
		}
	}
}

// TestNotCertificates: the error says what a file is not.
func TestNotCertificates(t *testing.T) {
	key := signtest.NewKey(t, signtest.RSA, "a", nil)
	for data, want := range map[string]string{
		"":                                "there is no certificate in it: it is empty",
		"root:x:0:0:root:/root:/bin/sh\n": "there is no certificate in it: it is neither PEM nor DER",
		"\x7fELF\x02\x01":                 "there is no certificate in it: it is neither PEM nor DER",
		string(key.PrivatePEM(t)):         "there is no certificate in it: none of its PEM blocks is one",
	} {
		if _, err := modsig.ParseCertificates([]byte(data)); err == nil || err.Error() != want {
			t.Errorf("%.20q: %v, want %s", data, err, want)
		}
	}
	verify := func(image string) error {
		_, err := modsig.NewKeyring().Verify([]byte(image), nil)
		return err
	}
	const not = "the module is not signed: it does not begin as an ELF file, so it is not a module"
	for _, image := range []string{"root:x:0:0:root:/root:/bin/sh\n", "root:x:0:0:" + strings.Repeat("x", 100), "", "\x7fEL"} {
		if err := verify(image); !errors.Is(err, modsig.ErrUnsigned) || err.Error() != not {
			t.Errorf("%.20q: %v", image, err)
		}
	}
	if err := verify("\x7fELF"); !errors.Is(err, modsig.ErrUnsigned) || err.Error() != "the module is not signed" {
		t.Error(err)
	}
}

// TestNameWithPEM: a DER certificate is read as itself, even if its subject
// contains another one.
func TestNameWithPEM(t *testing.T) {
	inner := signtest.NewKey(t, signtest.P256, "inner", nil)
	outer := signtest.NewKey(t, signtest.P256, "outer\n"+string(inner.PEM()), nil)
	certs, err := modsig.ParseCertificates(outer.Cert.Raw)
	if err != nil || len(certs) != 1 || !bytes.Equal(certs[0].Raw, outer.Cert.Raw) {
		t.Errorf("got the certificates of %s, %v", subjects(certs), err)
	}
}

func subjects(certs []*modsig.Certificate) string {
	var names []string
	for _, c := range certs {
		names = append(names, c.Subject)
	}
	return strings.Join(names, " ")
}

// TestOtherKeys: certificates with keys that cannot sign modules are read, but
// verify nothing.
func TestOtherKeys(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := parse(t, signtest.Certify(t, private, "edwards", nil).Cert.Raw)
	key := signtest.NewKey(t, signtest.P256, "edwards", func(c *x509.Certificate) { c.SerialNumber = cert.SerialNumber })
	certs, err := modsig.ParseCertificates(cert.Raw)
	if err != nil || certs[0].PublicKey != nil || certs[0].KeyType != "1.3.101.112" {
		t.Fatalf("got %+v, %v", certs, err)
	}
	_, err = modsig.NewKeyring(certs...).Verify(key.Sign(t, module(), nil), nil)
	if !errors.Is(err, modsig.ErrUnsupported) || !strings.Contains(err.Error(),
		"the key of CN=edwards is of type 1.3.101.112") {
		t.Error(err)
	}
}

// TestOtherCurves: a certificate with an unusual key encoding does not keep the
// keyring's others from being read.
func TestOtherCurves(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "unusual", nil)
	for kind, edit := range map[string]func(children []*node){
		"ECDSA with explicit parameters": func(c []*node) { c[0].children[1] = &node{tag: 0x30} },
		"ECDSA P-256, compressed": func(c []*node) {
			c[1].value = append([]byte{0, 2}, c[1].value[2:34]...)
		},
	} {
		root := parseNodes(t, key.Cert.Raw)[0]
		edit(root.children[0].children[6].children)
		certs, err := modsig.ParseCertificates(root.encode(nil))
		if err != nil || certs[0].PublicKey != nil || certs[0].KeyType != kind {
			t.Errorf("%s: got %+v, %v", kind, certs, err)
		}
	}
}

// TestShortKeys: an RSA key that can be broken verifies nothing.
func TestShortKeys(t *testing.T) {
	key := signtest.NewKey(t, signtest.RSA, "short", nil)
	der := bytes.Clone(key.Cert.Raw)
	modulus := key.Cert.PublicKey.(*rsa.PublicKey).N.Bytes()
	at := bytes.Index(der, modulus)
	der[at], der[at+1] = 0x00, 0x00 // no longer in the shortest form
	if _, err := modsig.ParseCertificates(der); !errors.Is(err, modsig.ErrCertificate) {
		t.Errorf("a key with redundant bytes gives %v", err)
	}
	der = bytes.Clone(key.Cert.Raw)
	der[at+len(modulus)-1] &^= 1
	certs, err := modsig.ParseCertificates(der)
	if err != nil || certs[0].PublicKey != nil || certs[0].KeyType != "RSA 2048" {
		t.Errorf("an even modulus gives %+v, %v", certs, err)
	}
}

// TestCertificateMutations: reading a changed certificate neither panics nor
// returns half a result.
func TestCertificateMutations(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 5
	}
	for _, kind := range []signtest.Kind{signtest.RSA, signtest.P256} {
		der := signtest.NewKey(t, kind, "mutant", nil).Cert.Raw
		for i := 0; i < len(der); i += step {
			for _, flip := range []byte{1, 0x20, 0x80, 0xff} {
				changed := bytes.Clone(der)
				changed[i] ^= flip
				certs, err := modsig.ParseCertificates(changed)
				if (err == nil) != (len(certs) == 1) {
					t.Fatalf("byte %d: %d certificates, %v", i, len(certs), err)
				}
			}
		}
	}
}
