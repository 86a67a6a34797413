package signtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"sync/atomic"
	"time"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// Key is a private key with its certificate.
type Key struct {
	Private crypto.Signer
	Cert    *x509.Certificate
}

// Kind is a kind of key.
type Kind string

// The kinds of keys that kernels accept.
const (
	RSA  Kind = "RSA 2048"
	P256 Kind = "ECDSA P-256"
	P384 Kind = "ECDSA P-384"
	P521 Kind = "ECDSA P-521"
)

// serials makes certificates differ in their serial numbers.
var serials atomic.Int64

// NewKey makes a key with a self-signed certificate, valid in the years around
// now unless edit changes that; edit may be nil.
func NewKey(t modtest.TB, kind Kind, subject string, edit func(*x509.Certificate)) *Key {
	t.Helper()
	private, err := generate(kind)
	if err != nil {
		t.Fatal(err)
	}
	return Certify(t, private, subject, edit)
}

// Certify makes a certificate for an existing key.
func Certify(t modtest.TB, private crypto.Signer, subject string, edit func(*x509.Certificate)) *Key {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0x7ff0 + serials.Add(1)),
		Subject:      pkix.Name{CommonName: subject},
		NotBefore:    now.AddDate(-1, 0, 0),
		NotAfter:     now.AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		SubjectKeyId: []byte("key of " + subject),
	}
	if edit != nil {
		edit(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &Key{private, cert}
}

func generate(kind Kind) (crypto.Signer, error) {
	switch kind {
	case P256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case P384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case P521:
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	}
	return rsa.GenerateKey(rand.Reader, 2048)
}

// PEM returns the certificate in PEM.
func (k *Key) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Cert.Raw})
}

// PrivatePEM returns the private key in PEM.
func (k *Key) PrivatePEM(t modtest.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(k.Private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}
