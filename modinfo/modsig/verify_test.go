package modsig_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/internal/trailer"
	"github.com/gokmod/gokmod/modinfo"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// module is the body that these tests sign.
func module() []byte { return modtest.Named("signed", []string{"a"}, []string{"b"}).Build() }

// keyring has the certificates of keys.
func keyring(t testing.TB, keys ...*signtest.Key) *modsig.Keyring {
	t.Helper()
	var certs []*modsig.Certificate
	for _, key := range keys {
		found, err := modsig.ParseCertificates(key.Cert.Raw)
		if err != nil {
			t.Fatal(err)
		}
		certs = append(certs, found...)
	}
	return modsig.NewKeyring(certs...)
}

// TestVerify signs with every kind of key and digest in every way that is
// accepted.
func TestVerify(t *testing.T) {
	image := module()
	hashes := map[crypto.Hash]string{crypto.SHA1: "sha1", crypto.SHA224: "sha224", crypto.SHA256: "sha256",
		crypto.SHA384: "sha384", crypto.SHA512: "sha512", crypto.SHA3_256: "sha3-256", crypto.SHA3_384: "sha3-384",
		crypto.SHA3_512: "sha3-512"}
	allow := &modsig.Options{AllowSHA1: true, AllowAttributes: true}
	for _, kind := range []signtest.Kind{signtest.RSA, signtest.P256, signtest.P384, signtest.P521} {
		key := signtest.NewKey(t, kind, "some key", nil)
		keys := keyring(t, key)
		for hash, name := range hashes {
			for _, opts := range []signtest.Options{{}, {KeyID: true}, {Attributes: true}, {KeyID: true, Attributes: true}, {Embed: true}} {
				opts.Hash = hash
				got, err := keys.Verify(key.Sign(t, image, &opts), allow)
				if err != nil {
					t.Errorf("%s with %s, %+v: %v", kind, name, opts, err)
					continue
				}
				c := got.Certificate
				if c.Subject != "CN=some key" || c.KeyType != string(kind) || got.HashAlgo != name || got.SignedSize != int64(len(image)) {
					t.Errorf("%s with %s gives %+v", kind, name, got)
				}
			}
		}
	}
}

// TestRefused: the error distinguishes what is wrong with a module.
func TestRefused(t *testing.T) {
	image := module()
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	other := signtest.NewKey(t, signtest.P256, "other", nil)
	impostor := signtest.NewKey(t, signtest.P256, "known", func(c *x509.Certificate) { c.SerialNumber = key.Cert.SerialNumber })
	rsaImpostor := signtest.NewKey(t, signtest.RSA, "known", func(c *x509.Certificate) { c.SerialNumber = key.Cert.SerialNumber })
	ca := signtest.NewKey(t, signtest.P256, "authority", func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true })
	signed := key.Sign(t, image, nil)
	der := signed[len(image) : len(signed)-trailer.Size]
	edit := func(at int, to byte) []byte {
		b := bytes.Clone(signed)
		b[len(b)-trailer.Size+at] = to
		return b
	}
	old := key.Sign(t, image, nil)
	old[len(old)-trailer.Size+2] = 0
	swapped := key.SignedData(t, append(image, 0), nil)
	tests := []struct {
		name  string
		image []byte
		want  error
		part  string // of the message
	}{
		{"empty", nil, modsig.ErrUnsigned, "the module is not signed"},
		{"unsigned", image, modsig.ErrUnsigned, ""},
		{"a byte after it", append(bytes.Clone(signed), 0), modsig.ErrUnsigned, ""},
		{"a byte less", signed[:len(signed)-1], modsig.ErrUnsigned, ""},
		{"only a trailer", signed[len(signed)-trailer.Size:], modsig.ErrDamaged, "longer than the module"},
		{"nothing but a signature", signtest.Append(nil, der), modsig.ErrDamaged, "longer than the module"},
		{"old kind", old, modsig.ErrUnsupported, "it is of kind 0, not PKCS#7"},
		{"algorithm", edit(0, 1), modsig.ErrDamaged, "should be zero"},
		{"hash", edit(1, 4), modsig.ErrDamaged, "should be zero"},
		{"signer", edit(3, 1), modsig.ErrDamaged, "should be zero"},
		{"key id", edit(4, 1), modsig.ErrDamaged, "should be zero"},
		{"padding", edit(7, 1), modsig.ErrDamaged, "should be zero"},
		{"huge length", edit(8, 0xff), modsig.ErrDamaged, "longer than the module"},
		{"length one too large", edit(11, byte(len(der)+1)), modsig.ErrDamaged, ""},
		{"length one too small", edit(11, byte(len(der)-1)), modsig.ErrDamaged, ""},
		{"no signature", signtest.Append(image, nil), modsig.ErrDamaged, "damaged DER"},
		{"not DER", signtest.Append(image, []byte("this is not DER")), modsig.ErrDamaged, ""},
		{"half of it", signtest.Append(image, der[:len(der)/2]), modsig.ErrDamaged, ""},
		{"a byte after the DER", signtest.Append(image, append(bytes.Clone(der), 0)), modsig.ErrDamaged, "1 bytes follow it"},
		{"too long", signtest.Append(make([]byte, 3<<20), make([]byte, 2<<20)), modsig.ErrDamaged, "too long"},
		{"of another file", signtest.Append(image, swapped), modsig.ErrBadSignature, "does not belong to the module (issuer CN=known, serial number "},
		{"a byte more before it", signtest.Append(append(bytes.Clone(image), 0), der), modsig.ErrBadSignature, ""},
		{"a byte less before it", signtest.Append(image[:len(image)-1], der), modsig.ErrBadSignature, ""},
		{"signed twice", key.Sign(t, signed, nil), nil, ""},
		{"other key", other.Sign(t, image, nil), modsig.ErrUnknownKey, "(issuer CN=other, serial number "},
		{"other key, by its id", other.Sign(t, image, &signtest.Options{KeyID: true}), modsig.ErrUnknownKey, "(key id 6b:65:79:20:6f:66"},
		{"other key under the same name", impostor.Sign(t, image, nil), modsig.ErrBadSignature, ""},
		{"RSA under the name of ECDSA", rsaImpostor.Sign(t, image, nil), modsig.ErrUnsupported, "the key is for ECDSA"},
		{"other key, with its certificate", other.Sign(t, image, &signtest.Options{Embed: true}), modsig.ErrUnknownKey, ""},
		{"issued by a known authority", issued(t, ca).Sign(t, image, &signtest.Options{Embed: true}), modsig.ErrUnknownKey, ""},
		{"SHA-1", key.Sign(t, image, &signtest.Options{Hash: crypto.SHA1}), modsig.ErrWeakDigest, ""},
		{"attributes", key.Sign(t, image, &signtest.Options{Attributes: true}), modsig.ErrUnsupported, "signed attributes"},
		{"with content", key.Sign(t, image, &signtest.Options{Content: image}), modsig.ErrUnsupported, "a content of its own"},
		{"with empty content", key.Sign(t, image, &signtest.Options{Content: []byte{}}), modsig.ErrUnsupported, "a content of its own"},
		{"two signers", key.Sign(t, image, &signtest.Options{Others: []*signtest.Key{other}}), nil, ""},
		{"two signers, the other way round", other.Sign(t, image, &signtest.Options{Others: []*signtest.Key{key}}), nil, ""},
		{"two signers, one wrong", key.Sign(t, image, &signtest.Options{Others: []*signtest.Key{impostor}}), modsig.ErrBadSignature, ""},
		{"two signers, both unknown", other.Sign(t, image, &signtest.Options{Others: []*signtest.Key{other}}), modsig.ErrUnknownKey, ""},
		{"other version", replace(t, signed, "\x02\x01\x01\x31\x0d", "\x02\x01\x02\x31\x0d"), modsig.ErrDamaged, "it is of version 2 and should be of version 1"},
		{"other version of the signer", replace(t, signed, "\x02\x01\x01\x30", "\x02\x01\x03\x30"), modsig.ErrDamaged, "a signer of version 3 should be of version 1"},
		{"other type of content", replace(t, signed, dataOID, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"), modsig.ErrUnsupported, "its content is of type 1.2.840.113549.1.7.3"},
		{"no signed data", replace(t, signed, "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", dataOID), modsig.ErrDamaged, "not signed data"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := bytes.Clone(test.image)
			got, err := keyring(t, key, ca).Verify(test.image, nil)
			if !errors.Is(err, test.want) || (got == nil) != (test.want != nil) {
				t.Fatalf("got %+v, %v; want %v", got, err, test.want)
			}
			if err != nil && !strings.Contains(err.Error(), test.part) {
				t.Errorf("the message is %q", err)
			}
			if !bytes.Equal(before, test.image) {
				t.Error("the module was changed")
			}
			if errors.Is(err, errors.ErrUnsupported) != (test.want == modsig.ErrUnsupported) {
				t.Errorf("%v is unsupported", err)
			}
		})
	}
}

// dataOID is the type of plain data.
const dataOID = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"

// replace changes the first place where old stands.
func replace(t *testing.T, b []byte, old, to string) []byte {
	t.Helper()
	if !bytes.Contains(b, []byte(old)) {
		t.Fatalf("% x is not in it", old)
	}
	return bytes.Replace(b, []byte(old), []byte(to), 1)
}

// issued is a key whose certificate is signed by an authority.
func issued(t *testing.T, by *signtest.Key) *signtest.Key {
	t.Helper()
	key := signtest.NewKey(t, signtest.P256, "issued", nil)
	template := *key.Cert
	der, err := x509.CreateCertificate(rand.Reader, &template, by.Cert, key.Private.Public(), by.Private)
	if err != nil {
		t.Fatal(err)
	}
	if key.Cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return key
}

func TestAttributes(t *testing.T) {
	image := module()
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	allow := &modsig.Options{AllowAttributes: true}
	good := key.Sign(t, image, &signtest.Options{Attributes: true})
	wrong := bytes.Repeat([]byte{1}, 32)
	digestOID, _ := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4})
	typeOID, _ := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3})
	tests := map[string]struct {
		image []byte
		want  error
	}{
		"other digest":          {key.Sign(t, image, &signtest.Options{Attributes: true, AttrDigest: wrong}), modsig.ErrBadSignature},
		"no digest":             {key.Sign(t, image, &signtest.Options{Attributes: true, AttrDigest: []byte{}}), modsig.ErrBadSignature},
		"other body":            {append([]byte{0}, good[1:]...), modsig.ErrBadSignature},
		"digest is called type": {replace(t, good, string(digestOID), string(typeOID)), modsig.ErrDamaged},
		"type is called digest": {replace(t, good, string(typeOID), string(digestOID)), modsig.ErrDamaged},
		"digest is something":   {replace(t, good, string(digestOID), "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"), modsig.ErrDamaged},
		"other type":            {replace(t, good, "\x31\x0b\x06\x09"+dataOID, "\x31\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x05"), modsig.ErrDamaged},
	}
	for name, test := range tests {
		if got, err := keyring(t, key).Verify(test.image, allow); !errors.Is(err, test.want) || got != nil {
			t.Errorf("%s: got %+v, %v; want %v", name, got, err, test.want)
		}
	}
}

func TestValidity(t *testing.T) {
	from, to := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2055, 6, 7, 8, 9, 10, 0, time.UTC)
	key := signtest.NewKey(t, signtest.P256, "dated", func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, to })
	keys, image := keyring(t, key), key.Sign(t, module(), nil)
	tests := []struct {
		name string
		opts modsig.Options
		want error
	}{
		{"before", modsig.Options{Time: from.Add(-1)}, modsig.ErrExpired},
		{"first second", modsig.Options{Time: from}, nil},
		{"last second", modsig.Options{Time: to.Add(time.Second - 1)}, nil},
		{"after", modsig.Options{Time: to.Add(time.Second)}, modsig.ErrExpired},
		{"before, ignored", modsig.Options{Time: from.Add(-1), IgnoreValidity: true}, nil},
		{"after, ignored", modsig.Options{Time: to.Add(time.Second), IgnoreValidity: true}, nil},
		{"now", modsig.Options{}, nil},
	}
	for _, test := range tests {
		if _, err := keys.Verify(image, &test.opts); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	image[0] ^= 1
	if _, err := keys.Verify(image, &modsig.Options{Time: to.AddDate(1, 0, 0)}); !errors.Is(err, modsig.ErrBadSignature) {
		t.Errorf("a wrong signature of an expired certificate: %v", err)
	}
}

// TestRenewed: a key gets a new certificate, and two keys share a name. The
// matching one counts.
func TestRenewed(t *testing.T) {
	now := time.Now()
	past := func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, -1, 0) }
	key := signtest.NewKey(t, signtest.P256, "renewed", past)
	renewed := signtest.Certify(t, key.Private, "renewed", nil)
	same := signtest.NewKey(t, signtest.P256, "renewed", func(c *x509.Certificate) { c.SerialNumber = renewed.Cert.SerialNumber })
	byID, bySerial := key.Sign(t, module(), &signtest.Options{KeyID: true}), renewed.Sign(t, module(), nil)
	for _, keys := range []*modsig.Keyring{keyring(t, key, renewed, same), keyring(t, same, renewed, key)} {
		for _, image := range [][]byte{byID, bySerial} {
			if got, err := keys.Verify(image, nil); err != nil || !bytes.Equal(got.Certificate.Raw, renewed.Cert.Raw) {
				t.Errorf("got %+v, %v", got, err)
			}
		}
	}
	if _, err := keyring(t, key).Verify(byID, nil); !errors.Is(err, modsig.ErrExpired) {
		t.Error(err)
	}
}

// TestEveryBit: no bit of a signed module can change.
func TestEveryBit(t *testing.T) {
	image := module()
	for _, opts := range []*signtest.Options{nil, {KeyID: true}, {Attributes: true}} {
		key := signtest.NewKey(t, signtest.P256, "known", nil)
		signed := key.Sign(t, image, opts)
		keys := keyring(t, key)
		from := len(image) - 8
		if testing.Short() {
			from = len(signed) - trailer.Size - 100
		}
		for i := range signed {
			if i < from && i%97 != 0 {
				continue
			}
			for bit := range 8 {
				signed[i] ^= 1 << bit
				got, err := keys.Verify(signed, &modsig.Options{AllowAttributes: true, AllowSHA1: true})
				if err == nil || got != nil {
					t.Errorf("%+v: with bit %d of byte %d changed it gives %+v, %v", opts, bit, i-len(image), got, err)
				}
				signed[i] ^= 1 << bit
			}
		}
	}
}

// TestTruncated: no part of a signed module verifies.
func TestTruncated(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	signed := key.Sign(t, module(), nil)
	keys := keyring(t, key)
	for n := range signed {
		if _, err := keys.Verify(signed[:n], nil); !errors.Is(err, modsig.ErrUnsigned) {
			t.Fatalf("%d of %d bytes: %v", n, len(signed), err)
		}
		if _, err := keys.Verify(signed[n+1:], nil); err == nil {
			t.Fatalf("without the first %d bytes it is accepted", n+1)
		}
	}
}

// TestGolden verifies the golden module, which was signed by sign-file.
func TestGolden(t *testing.T) {
	keys, err := modsig.ReadKeyringFS(modtest.Golden(), "cert.pem")
	if err != nil {
		t.Fatal(err)
	}
	opts := &modsig.Options{Time: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	const dir = "tree/lib/modules/" + modtest.GoldenRelease + "/kernel/gm/"
	got, err := keys.VerifyFS(modtest.Golden(), dir+"gm_param.ko.xz", opts)
	if err != nil {
		t.Fatal(err)
	}
	if got.Certificate.Subject != "CN=Golden module signing key,O=Golden" || got.HashAlgo != "sha256" {
		t.Errorf("got %+v", got)
	}
	_, err = keys.VerifyFS(modtest.Golden(), dir+"gm_mid.ko.xz", opts)
	if !errors.Is(err, modsig.ErrUnsigned) || err.Error() != dir+"gm_mid.ko.xz: the module is not signed" {
		t.Error(err)
	}
}

func TestVerifyFile(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	keys, signed := keyring(t, key), key.Sign(t, module(), nil)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	packed := compress(t, signed)
	for _, path := range []string{write("a.ko", signed), write("a.ko.gz", packed), write("misnamed.ko", packed)} {
		if got, err := keys.VerifyFile(path, nil); err != nil || got.SignedSize != int64(len(module())) {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
	// The module is signed, not the compressed file.
	if _, err := keys.VerifyFile(write("b.ko.gz", key.Sign(t, compress(t, module()), nil)), nil); err == nil {
		t.Error("a signature after a compressed module is accepted")
	}
	if _, err := keys.Verify(packed, nil); !errors.Is(err, modsig.ErrUnsigned) {
		t.Errorf("a compressed image gives %v", err)
	}
	if _, err := keys.VerifyFile(write("twice.ko.gz", compress(t, packed)), nil); !errors.Is(err, modsig.ErrUnsigned) {
		t.Errorf("a module that is compressed twice gives %v", err)
	}
	small := &modsig.Options{MaxSize: int64(len(signed) - 1)}
	for _, path := range []string{write("a.ko", signed), write("a.ko.gz", packed)} {
		if _, err := keys.VerifyFile(path, small); !errors.Is(err, modinfo.ErrTooLarge) {
			t.Errorf("%s is over the limit: %v", path, err)
		}
	}
	var failed *modsig.Error
	_, err := keys.VerifyFile(filepath.Join(dir, "none.ko"), nil)
	if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &failed) || failed.Path != filepath.Join(dir, "none.ko") {
		t.Errorf("a missing file gives %v", err)
	}
	if _, err := keys.VerifyFile(dir, nil); err == nil {
		t.Error("a directory is accepted")
	}
	if _, err := keys.VerifyFile(write("broken.ko.gz", packed[:len(packed)-9]), nil); err == nil || errors.Is(err, modsig.ErrUnsigned) {
		t.Errorf("a damaged file gives %v", err)
	}
}
