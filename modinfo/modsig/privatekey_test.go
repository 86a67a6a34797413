package modsig_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// inBlock is DER as a block of PEM.
func inBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// must returns the DER of a key.
func must(t testing.TB) func(der []byte, err error) []byte {
	return func(der []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
}

// keyForms are the forms of a key that this package reads.
func keyForms(t testing.TB, key crypto.Signer) map[string][]byte {
	der := must(t)
	forms := map[string][]byte{"PRIVATE KEY": der(x509.MarshalPKCS8PrivateKey(key))}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		forms["RSA PRIVATE KEY"] = x509.MarshalPKCS1PrivateKey(key)
	case *ecdsa.PrivateKey:
		forms["EC PRIVATE KEY"] = der(x509.MarshalECPrivateKey(key))
	}
	return forms
}

// TestParseKey reads keys in every form, as package x509 writes them.
func TestParseKey(t *testing.T) {
	for _, kind := range []signtest.Kind{signtest.RSA, signtest.P256, signtest.P384, signtest.P521} {
		key := signtest.NewKey(t, kind, "private", nil)
		for form, der := range keyForms(t, key.Private) {
			text := inBlock(form, der)
			for name, data := range map[string][]byte{
				"DER": der, "PEM": text, "with text": append([]byte("Bag Attributes\n"), text...),
				"after the certificate": append(key.PEM(), text...),
				"after the parameters":  append(inBlock("EC PARAMETERS", []byte{6, 1, 1}), text...),
			} {
				got, err := modsig.ParseKey(data)
				if err != nil {
					t.Errorf("%s, %s, %s: %v", kind, form, name, err)
					continue
				}
				if equal, ok := key.Private.(interface{ Equal(crypto.PrivateKey) bool }); !ok || !equal.Equal(got) {
					t.Errorf("%s, %s, %s: another key", kind, form, name)
				}
			}
		}
	}
}

// TestParseKeyShort: a scalar with zeros in front may be shorter or longer.
func TestParseKeyShort(t *testing.T) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), append(make([]byte, 31), 5))
	if err != nil {
		t.Fatal(err)
	}
	type ecPrivateKey struct {
		Version int
		Scalar  []byte
		Curve   asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
	}
	for size, ok := range map[int]bool{1: true, 31: true, 32: true, 40: true, 0: false} {
		scalar := append(make([]byte, max(size-1, 0)), 5)[:size]
		der := must(t)(asn1.Marshal(ecPrivateKey{1, scalar, asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}}))
		got, err := modsig.ParseKey(der)
		if ok != (err == nil) || ok && !key.Equal(got) || !ok && !errors.Is(err, modsig.ErrKey) {
			t.Errorf("%d bytes: %v, %v", size, got, err)
		}
	}
}

// TestParseKeyBad: keys that are refused, with the reason.
func TestParseKeyBad(t *testing.T) {
	der := must(t)
	good := signtest.NewKey(t, signtest.RSA, "private", nil).Private.(*rsa.PrivateKey)
	ec := signtest.NewKey(t, signtest.P256, "private", nil).Private
	pkcs1, sec1 := x509.MarshalPKCS1PrivateKey(good), der(x509.MarshalECPrivateKey(ec.(*ecdsa.PrivateKey)))
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x25519, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(pkcs1)
	flipped[40] ^= 1 // in the modulus
	legacy := &pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED",
		"DEK-Info": "AES-128-CBC,00"}, Bytes: pkcs1}
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":           {nil, modsig.ErrKey},
		"text":              {[]byte("text"), modsig.ErrKey},
		"a public key":      {inBlock("PUBLIC KEY", []byte{0x30, 0}), modsig.ErrKey},
		"encrypted":         {inBlock("ENCRYPTED PRIVATE KEY", []byte{0x30, 0}), modsig.ErrKey},
		"encrypted, old":    {pem.EncodeToMemory(legacy), modsig.ErrKey},
		"cut":               {pkcs1[:len(pkcs1)-1], modsig.ErrKey},
		"a byte more":       {append(bytes.Clone(pkcs1), 0), modsig.ErrKey},
		"SEC 1, cut":        {inBlock("EC PRIVATE KEY", sec1[:len(sec1)-1]), modsig.ErrKey},
		"another modulus":   {flipped, modsig.ErrKey},
		"Ed25519":           {inBlock("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(edwards))), modsig.ErrUnsupported},
		"X25519":            {inBlock("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(x25519))), modsig.ErrUnsupported},
		"P-224":             {inBlock("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(p224))), modsig.ErrUnsupported},
		"P-224, SEC 1":      {der(x509.MarshalECPrivateKey(p224)), modsig.ErrUnsupported},
		"a certificate":     {signtest.NewKey(t, signtest.P256, "c", nil).Cert.Raw, modsig.ErrKey},
		"of 1023 zero bits": {inBlock("RSA PRIVATE KEY", []byte{0x30, 0}), modsig.ErrKey},
	} {
		key, err := modsig.ParseKey(test.data)
		if key != nil || !errors.Is(err, test.want) {
			t.Errorf("%s: %v, %v", name, key, err)
		}
		if reference, err := x509.ParsePKCS1PrivateKey(test.data); reference != nil {
			t.Errorf("%s: package x509 reads it, %v", name, err)
		}
	}
}

// TestParseOpenSSLKeys reads what openssl writes, also with encryption, which is said.
func TestParseOpenSSLKeys(t *testing.T) {
	tool, err := exec.LookPath("openssl")
	if err != nil {
		kmodref.Absent(t, "openssl is not installed")
	}
	out := filepath.Join(t.TempDir(), "key")
	for _, test := range []struct {
		command []string
		want    error
	}{
		{[]string{"genpkey", "-algorithm", "RSA"}, nil},
		{[]string{"genpkey", "-algorithm", "RSA", "-outform", "DER"}, nil},
		{[]string{"genpkey", "-algorithm", "RSA", "-aes256", "-pass", "pass:x"}, modsig.ErrKey},
		{[]string{"genrsa", "-traditional", "2048"}, nil},
		{[]string{"genrsa", "-traditional", "-aes128", "-passout", "pass:x", "2048"}, modsig.ErrKey},
		{[]string{"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_primes:3"}, modsig.ErrKey},
		{[]string{"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"}, nil},
		{[]string{"ecparam", "-genkey", "-name", "prime256v1"}, nil},
		{[]string{"ecparam", "-genkey", "-name", "secp521r1", "-outform", "DER", "-noout"}, nil},
		{[]string{"ecparam", "-genkey", "-name", "secp256k1"}, modsig.ErrUnsupported},
		{[]string{"ecparam", "-genkey", "-name", "prime256v1", "-param_enc", "explicit"}, modsig.ErrUnsupported},
		{[]string{"genpkey", "-algorithm", "ED25519"}, modsig.ErrUnsupported},
		{[]string{"genpkey", "-algorithm", "RSA-PSS"}, modsig.ErrUnsupported},
	} {
		args := append(test.command[:1:1], append([]string{"-out", out}, test.command[1:]...)...)
		if text, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v: %s", args, err, text)
			continue
		}
		key, err := modsig.ParseKey(read(t, out))
		if (err == nil) != (test.want == nil) || !errors.Is(err, test.want) || (key == nil) != (err != nil) {
			t.Errorf("%v: %T, %v", test.command, key, err)
		}
	}
}

// FuzzParseKey: no data makes the package panic, and a key that is read can sign.
func FuzzParseKey(f *testing.F) {
	for _, kind := range []signtest.Kind{signtest.RSA, signtest.P256, signtest.P521} {
		for form, der := range keyForms(f, signtest.NewKey(f, kind, "private", nil).Private) {
			f.Add(der)
			f.Add(inBlock(form, der))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := modsig.ParseKey(data)
		if (key == nil) != (err != nil) {
			t.Fatalf("%v, %v", key, err)
		}
		if key == nil {
			return
		}
		if _, err := key.Sign(rand.Reader, make([]byte, 32), crypto.SHA256); err != nil {
			t.Fatal(err)
		}
	})
}

// TestParseKeyNumbers: numbers that make no RSA key, at every place, are refused.
func TestParseKeyNumbers(t *testing.T) {
	good := signtest.NewKey(t, signtest.RSA, "private", nil).Private.(*rsa.PrivateKey)
	type rsaPrivateKey struct {
		Version               int
		N                     *big.Int
		E                     *big.Int
		D, P, Q, DP, DQ, QInv *big.Int
	}
	huge := new(big.Int).Lsh(big.NewInt(1), 20_000)
	even := new(big.Int).Sub(good.N, big.NewInt(1))
	for place := range 5 {
		for _, wrong := range []*big.Int{big.NewInt(0), big.NewInt(1), big.NewInt(2), big.NewInt(-3), even, huge,
			new(big.Int).Add(huge, big.NewInt(1)), new(big.Int).Add(good.N, big.NewInt(2))} {
			key := rsaPrivateKey{0, good.N, big.NewInt(int64(good.E)), good.D, good.Primes[0], good.Primes[1],
				good.Precomputed.Dp, good.Precomputed.Dq, good.Precomputed.Qinv}
			*[]**big.Int{&key.N, &key.E, &key.D, &key.P, &key.Q}[place] = wrong
			der := must(t)(asn1.Marshal(key))
			got, err := modsig.ParseKey(der)
			if got != nil || !errors.Is(err, modsig.ErrKey) && !errors.Is(err, modsig.ErrUnsupported) {
				t.Errorf("%d bits at place %d: %v, %v", wrong.BitLen(), place, got, err)
			}
		}
	}
}
