package modsig

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/cms"
)

// rsaKey is the DER of an RSAPublicKey, of less than 64 KiB.
func rsaKey(n, e *big.Int) []byte {
	number := func(x *big.Int) []byte {
		b := x.Bytes()
		if len(b) == 0 || b[0] >= 0x80 {
			b = append([]byte{0}, b...)
		}
		return value(2, b)
	}
	return value(0x30, append(number(n), number(e)...))
}

func value(tag byte, content []byte) []byte {
	n := len(content)
	switch {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, content...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, content...)
	}
	return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, content...)
}

// TestRSAKeys: keys are accepted from 1024 to 16384 bits, with odd numbers.
func TestRSAKeys(t *testing.T) {
	modulus := func(bits uint, low int64) *big.Int {
		return new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), bits-1), big.NewInt(low))
	}
	null := cms.Algorithm{OID: oidRSA, Params: []byte{5, 0}}
	for _, test := range []struct {
		n    *big.Int
		e    int64
		kind string
		ok   bool
	}{
		{modulus(1023, 1), 65537, "RSA 1023", false}, {modulus(1024, 1), 65537, "RSA 1024", true},
		{modulus(1025, 1), 65537, "RSA 1025", true}, {modulus(16384, 1), 65537, "RSA 16384", true},
		{modulus(16385, 1), 65537, "RSA 16385", false}, {modulus(2048, 0), 65537, "RSA 2048", false},
		{modulus(2048, 1), 3, "RSA 2048", true}, {modulus(2048, 1), 2, "RSA 2048", false}, {modulus(2048, 1), 1,
			"RSA 2048", false},
		{modulus(2048, 1), 0, "RSA 2048", false}, {modulus(2048, 1), 65536, "RSA 2048", false},
		{modulus(2048, 1), 1<<31 - 1, "RSA 2048", true}, {modulus(2048, 1), 1<<31 + 1, "RSA 2048", false},
		{big.NewInt(0), 3, "RSA 0", false},
	} {
		key, kind, err := parseKey(null, rsaKey(test.n, big.NewInt(test.e)))
		public, ok := key.(*rsa.PublicKey)
		if err != nil || kind != test.kind || ok != test.ok || (key == nil) != !test.ok {
			t.Errorf("%d bits, exponent %d: %v, %q, %v", test.n.BitLen(), test.e, key, kind, err)
		} else if ok && (public.N.Cmp(test.n) != 0 || public.E != int(test.e)) {
			t.Errorf("%d bits, exponent %d: got %v", test.n.BitLen(), test.e, public)
		}
	}
	good := rsaKey(modulus(2048, 1), big.NewInt(3))
	for params, ok := range map[string]bool{"\x05\x00": true, "": false, "\x30\x00": false} {
		a := cms.Algorithm{OID: oidRSA, Params: []byte(params)}
		key, kind, err := parseKey(a, good)
		if err != nil || (key != nil) != ok || !ok && kind != "RSA with parameters other than NULL" {
			t.Errorf("parameters % x: %v, %q, %v", params, key, kind, err)
		}
	}
	if key, _, err := parseKey(null, good[:len(good)-1]); err == nil || key != nil {
		t.Errorf("half a key: %v, %v", key, err)
	}
	if key, kind, err := parseKey(cms.Algorithm{OID: "1.2.3"}, []byte("anything")); key != nil || kind != "1.2.3" ||
		err != nil {
		t.Errorf("another algorithm: %v, %q, %v", key, kind, err)
	}
}

// TestECKeys: keys are points on the curves that kernels know.
func TestECKeys(t *testing.T) {
	point := func(c elliptic.Curve) []byte {
		key, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		b, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	p256, p384, p521 := point(elliptic.P256()), point(elliptic.P384()), point(elliptic.P521())
	off := append([]byte(nil), p256...)
	off[len(off)-1] ^= 1
	const oid256, oid384, oid521 = "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", "\x06\x05\x2b\x81\x04\x00\x22",
		"\x06\x05\x2b\x81\x04\x00\x23"
	for _, test := range []struct {
		name, params string
		point        []byte
		kind         string // "" for an error
		ok           bool
	}{
		{"P-256", oid256, p256, "ECDSA P-256", true}, {"P-384", oid384, p384, "ECDSA P-384", true},
		{"P-521", oid521, p521, "ECDSA P-521", true}, {"the point of another curve", oid256, p384, "", false},
		{"not on the curve", oid256, off, "", false}, {"no point", oid256, nil, "", false}, {"half a point", oid256,
			p256[:40], "", false},
		{"infinity", oid256, []byte{0}, "", false},
		{"compressed", oid256, append([]byte{2}, p256[1:33]...), "ECDSA P-256, compressed", false},
		{"compressed, odd", oid384, append([]byte{3}, p384[1:49]...), "ECDSA P-384, compressed", false},
		{"no other form", oid256, append([]byte{5}, p256[1:]...), "", false},
		{"secp256k1", "\x06\x05\x2b\x81\x04\x00\x0a", p256, "ECDSA 1.3.132.0.10", false},
		{"written out", "\x30\x00", p256, "ECDSA with explicit parameters", false},
		{"no parameters", "", p256, "", false}, {"NULL", "\x05\x00", p256, "", false}, {"more behind", oid256 + "\x05\x00",
			p256, "", false},
	} {
		key, kind, err := parseKey(cms.Algorithm{OID: oidEC, Params: []byte(test.params)}, test.point)
		if (err == nil) != (test.kind != "") || kind != test.kind || (key != nil) != test.ok {
			t.Errorf("%s: %v, %q, %v", test.name, key, kind, err)
		}
	}
}

// TestAlgorithms: the digests by name, and those of the ECDSA algorithms.
func TestAlgorithms(t *testing.T) {
	for name, size := range map[string]int{"sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64,
		"sha3-256": 32,
		"sha3-384": 48, "sha3-512": 64, "md5": 0, "md4": 0, "sm3": 0, "": 0, "1.2.3": 0} {
		h := digestOf(name)
		if size == 0 && h != 0 || size > 0 && (h.Size() != size || plainName(h.String()) != plainName(name)) {
			t.Errorf("%s is %v", name, h)
		}
	}
	for oid, want := range map[string]string{"1.2.840.10045.4.1": "sha1", "1.2.840.10045.4.3.1": "sha224",
		"1.2.840.10045.4.3.2": "sha256",
		"1.2.840.10045.4.3.3": "sha384", "1.2.840.10045.4.3.4": "sha512", "2.16.840.1.101.3.4.3.10": "sha3-256",
		"2.16.840.1.101.3.4.3.11": "sha3-384", "2.16.840.1.101.3.4.3.12": "sha3-512", "1.2.3": "", "": ""} {
		if got := ecdsaDigest(oid); got != want {
			t.Errorf("%s is %q", oid, got)
		}
	}
}

// plainName is a name without case and dashes, which vary.
func plainName(s string) string { return strings.ToLower(strings.ReplaceAll(s, "-", "")) }
