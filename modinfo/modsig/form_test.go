package modsig_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// TestVersions: the version of a signer tells how it is identified, and the version of
// the whole is the highest of them.
func TestVersions(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	byName, byID := key.SignedData(t, module(), nil), key.SignedData(t, module(), &signtest.Options{KeyID: true})
	set := func(whole, signer byte) func(s *signature) {
		return func(s *signature) {
			s.data.children[0].value, s.signers.children[0].children[0].value = []byte{whole}, []byte{signer}
		}
	}
	both := func(whole byte, other []byte, first bool) func(s *signature) {
		return func(s *signature) {
			s.data.children[0].value = []byte{whole}
			s.signers.children = append(s.signers.children, newSignature(t, other).signers.children[0])
			if first {
				s.signers.children[0], s.signers.children[1] = s.signers.children[1], s.signers.children[0]
			}
		}
	}
	checkTolerance(t, byName, keyring(t, key), nil, []toleranceTest{
		{"1, 1", set(1, 1), nil, ""},
		{"0, 1", set(0, 1), modsig.ErrDamaged, "it is of version 0 and should be of version 1"},
		{"2, 1", set(2, 1), modsig.ErrDamaged, "it is of version 2 and should be of version 1"},
		{"3, 1", set(3, 1), modsig.ErrDamaged, "it is of version 3 and should be of version 1"},
		{"1, 0", set(1, 0), modsig.ErrDamaged, "a signer of version 0 should be of version 1"},
		{"3, 3", set(3, 3), modsig.ErrDamaged, "a signer of version 3 should be of version 1"},
		{"both, 3", both(3, byID, false), nil, ""},
		{"both the other way round, 3", both(3, byID, true), nil, ""},
		{"both, 1", both(1, byID, false), modsig.ErrDamaged, "it is of version 1 and should be of version 3"},
		{"both the other way round, 1", both(1, byID, true), modsig.ErrDamaged,
			"it is of version 1 and should be of version 3"},
	})
	checkTolerance(t, byID, keyring(t, key), nil, []toleranceTest{
		{"by id, 3, 3", set(3, 3), nil, ""},
		{"by id, 1, 3", set(1, 3), modsig.ErrDamaged, "it is of version 1 and should be of version 3"},
		{"by id, 3, 1", set(3, 1), modsig.ErrDamaged, "a signer of version 1 should be of version 3"},
		{"by id, 4, 3", set(4, 3), modsig.ErrDamaged, "it is of version 4 and should be of version 3"},
	})
}

// TestSignerLength: a signer's identification has at most 4 KiB.
func TestSignerLength(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	id := func(n int) func(s *signature) {
		return func(s *signature) { s.signers.children[0].children[1].value = make([]byte, n) }
	}
	checkTolerance(t, key.SignedData(t, module(), &signtest.Options{KeyID: true}), keyring(t, key), nil, []toleranceTest{
		{"4096 bytes", id(4096), modsig.ErrUnknownKey, ""},
		{"4097 bytes", id(4097), modsig.ErrDamaged, "the name of a signer is too long"},
	})
	name := func(issuer, serial int) func(s *signature) {
		return func(s *signature) {
			id := s.signers.children[0].children[1]
			id.children[0] = &node{tag: 0x30, value: make([]byte, issuer-4)} // with tag and length
			id.children[1].value = bytes.Repeat([]byte{1}, serial)
		}
	}
	checkTolerance(t, key.SignedData(t, module(), nil), keyring(t, key), nil, []toleranceTest{
		{"4096 bytes together", name(4000, 96), modsig.ErrUnknownKey, ""},
		{"4097 bytes together", name(4000, 97), modsig.ErrDamaged, "the name of a signer is too long"},
	})
	second := func(s *signature) {
		s.signers.children = append(s.signers.children, newSignature(t, s.root.encode(nil)).signers.children[0])
		s.signers.children[1].children[1].children[0] = &node{tag: 0x30, value: make([]byte, 5000)}
	}
	checkTolerance(t, key.SignedData(t, module(), nil), keyring(t, key), nil, []toleranceTest{
		{"the second one", second, modsig.ErrDamaged, "the name of a signer is too long"},
	})
}

// TestAlgorithmsOfSigners: the algorithm matches key and digest.
func TestAlgorithmsOfSigners(t *testing.T) {
	key, rsaKey := signtest.NewKey(t, signtest.P256, "ECDSA", nil), signtest.NewKey(t, signtest.RSA, "RSA", nil)
	algorithm := func(numbers string) func(s *signature) {
		return func(s *signature) { s.signers.children[0].children[3].children[0].value = []byte(numbers) }
	}
	digest := func(numbers string) func(s *signature) {
		return func(s *signature) {
			s.signers.children[0].children[2].children[0].value = []byte(numbers)
			s.digests.children[0].children[0].value = []byte(numbers)
		}
	}
	const ecdsaSHA256, ecdsaSHA512, rsaOID = "\x2a\x86\x48\xce\x3d\x04\x03\x02", "\x2a\x86\x48\xce\x3d\x04\x03\x04",
		"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
	const md5, sha512 = "\x2a\x86\x48\x86\xf7\x0d\x02\x05", "\x60\x86\x48\x01\x65\x03\x04\x02\x03"
	keys := keyring(t, key, rsaKey)
	checkTolerance(t, key.SignedData(t, module(), nil), keys, nil, []toleranceTest{
		{"as it is", algorithm(ecdsaSHA256), nil, ""},
		{"for another digest", algorithm(ecdsaSHA512), modsig.ErrDamaged,
			"its algorithm is for sha512, but its digest is another"},
		{"of another digest", digest(sha512), modsig.ErrDamaged, "its algorithm is for sha256, but its digest is another"},
		{"RSA", algorithm(rsaOID), modsig.ErrUnsupported,
			"the algorithm is 1.2.840.113549.1.1.1, but the key is for ECDSA"},
		{"md5", digest(md5), modsig.ErrUnsupported, "the digest is md5"},
		{"unknown", digest("\x2a\x03"), modsig.ErrUnsupported, "the digest is 1.2.3"},
	})
	short := func(s *signature) { v := s.signers.children[0].children[4]; v.value = v.value[:len(v.value)-1] }
	checkTolerance(t, rsaKey.SignedData(t, module(), nil), keys, nil, []toleranceTest{
		{"as it is", algorithm(rsaOID), nil, ""},
		{"ECDSA", algorithm(ecdsaSHA256), modsig.ErrUnsupported,
			"the algorithm is 1.2.840.10045.4.3.2, but the key is for RSA"},
		{"of another digest", digest(sha512), modsig.ErrBadSignature, "does not belong"},
		{"a short signature", short, modsig.ErrBadSignature, "does not belong"},
	})
}

// TestErrorText: an error has the file, the reason, its details and the signer.
func TestErrorText(t *testing.T) {
	for _, test := range []struct {
		err  modsig.Error
		want string
	}{
		{modsig.Error{Err: modsig.ErrUnsigned}, "the module is not signed"},
		{modsig.Error{Err: modsig.ErrUnsigned, Path: "a.ko"}, "a.ko: the module is not signed"},
		{modsig.Error{Err: modsig.ErrUnsigned, Path: "a\n.ko"}, `"a\n.ko": the module is not signed`},
		{modsig.Error{Err: modsig.ErrDamaged, Detail: "why"}, "the signature is damaged: why"},
		{modsig.Error{Err: modsig.ErrDamaged, Issuer: "CN=me", Serial: "01"},
			"the signature is damaged (issuer CN=me, serial number 01)"},
		{modsig.Error{Err: modsig.ErrDamaged, KeyID: "02", Detail: "why"}, "the signature is damaged: why (key id 02)"},
		{modsig.Error{Err: modsig.ErrUnsupported}, "the kind of signature is not supported"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
		if !errors.Is(&test.err, test.err.Err) || errors.Is(&test.err,
			errors.ErrUnsupported) != (test.err.Err == modsig.ErrUnsupported) {
			t.Errorf("%v is something else", &test.err)
		}
	}
	key := signtest.NewKey(t, signtest.P256, "one", func(c *x509.Certificate) { c.SerialNumber = big.NewInt(0x8102) })
	none := modsig.NewKeyring()
	var failed *modsig.Error
	_, err := none.Verify(key.Sign(t, module(), nil), nil)
	if !errors.As(err, &failed) || failed.Issuer != "CN=one" || failed.Serial != "81:02" || failed.KeyID != "" {
		t.Errorf("got %+v", failed)
	}
	_, err = none.Verify(key.Sign(t, module(), &signtest.Options{KeyID: true}), nil)
	if !errors.As(err, &failed) || failed.Issuer != "" || failed.Serial != "" ||
		failed.KeyID != "6b:65:79:20:6f:66:20:6f:6e:65" {
		t.Errorf("got %+v", failed)
	}
}

// TestKeyring: a certificate counts once, and is found by name and number or by key id,
// never by a similar one.
func TestKeyring(t *testing.T) {
	serial := func(n int64) func(c *x509.Certificate) {
		return func(c *x509.Certificate) { c.SerialNumber = big.NewInt(n) }
	}
	one, two := signtest.NewKey(t, signtest.P256, "one", serial(1)), signtest.NewKey(t, signtest.P256, "two", serial(2))
	certs := keyring(t, one, two).Certificates()
	k := modsig.NewKeyring(certs[0], nil, certs[1], certs[0], certs[1])
	if got := subjects(k.Certificates()); got != "CN=one CN=two" {
		t.Errorf("the keyring has %s", got)
	}
	k.Certificates()[0] = nil
	if k.Certificates()[0] == nil {
		t.Error("the keyring was changed")
	}
	for _, key := range []*signtest.Key{one, two} {
		for _, id := range []bool{false, true} {
			v, err := k.Verify(key.Sign(t, module(), &signtest.Options{KeyID: id}), nil)
			if err != nil || v.Certificate.Subject != "CN="+key.Cert.Subject.CommonName {
				t.Errorf("got %+v, %v", v, err)
			}
		}
	}
	// The number of one with the name of the other, and a certificate without a key
	// id.
	mixed := signtest.NewKey(t, signtest.P256, "one", serial(2))
	nameless := signtest.NewKey(t, signtest.P256, "three", func(c *x509.Certificate) { c.SubjectKeyId = nil })
	nameless.Cert.SubjectKeyId = []byte{}
	for _, image := range [][]byte{mixed.Sign(t, module(), nil), nameless.Sign(t, module(),
		&signtest.Options{KeyID: true})} {
		if _, err := keyring(t, one, two, nameless).Verify(image, nil); !errors.Is(err, modsig.ErrUnknownKey) {
			t.Error(err)
		}
	}
}

// TestPEMKinds: both PEM types of certificates count, and nothing else does.
func TestPEMKinds(t *testing.T) {
	raw := signtest.NewKey(t, signtest.P256, "a", nil).Cert.Raw
	for kind, want := range map[string]error{"CERTIFICATE": nil, "X509 CERTIFICATE": nil,
		"TRUSTED CERTIFICATE": modsig.ErrNoCertificate,
		"PUBLIC KEY":          modsig.ErrNoCertificate} {
		certs, err := modsig.ParseCertificates(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}))
		if !errors.Is(err, want) || (len(certs) == 1) != (want == nil) {
			t.Errorf("%s: %d, %v", kind, len(certs), err)
		}
	}
	two := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: append(bytes.Clone(raw), raw...)})
	if certs, err := modsig.ParseCertificates(two); err != nil || len(certs) != 2 {
		t.Errorf("two in a block: %d, %v", len(certs), err)
	}
	none := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE"})
	if certs, err := modsig.ParseCertificates(none); !errors.Is(err, modsig.ErrNoCertificate) || certs != nil {
		t.Errorf("an empty block: %d, %v", len(certs), err)
	}
	before := bytes.Clone(raw)
	certs, err := modsig.ParseCertificates(before)
	before[len(before)-1]++
	if err != nil || !bytes.Equal(certs[0].Raw, raw) {
		t.Errorf("the certificate changes with what it was read from: %v", err)
	}
}

// smallCertificate is one with a key of so many bytes, of a kind that nobody knows, and
// hardly anything else.
func smallCertificate(t *testing.T, key int) *node {
	root := parseNodes(t, signtest.NewKey(t, signtest.P256, "", func(c *x509.Certificate) {
		c.Subject, c.KeyUsage, c.SubjectKeyId = pkix.Name{}, 0, nil
	}).Cert.Raw)[0]
	root.children[0].children[6].children = []*node{seq(&node{tag: 6, value: []byte{0x2a}}),
		{tag: 3, value: make([]byte, 1+key)}}
	root.children[0].children = root.children[0].children[:7]
	root.children[2].value = []byte{0}
	return root
}

// TestManyCertificates: 65536 certificates are read, and one more is not.
func TestManyCertificates(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	root := smallCertificate(t, 0)
	der := root.encode(nil)
	all := bytes.Repeat(der, 1<<16)
	if certs, err := modsig.ParseCertificates(all); err != nil || len(certs) != 1<<16 || certs[1<<16-1].KeyType != "1.2" {
		t.Errorf("%d, %v", len(certs), err)
	}
	_, err := modsig.ParseCertificates(append(all, der...))
	if !errors.Is(err, modsig.ErrCertificate) || !strings.Contains(err.Error(), "too many") {
		t.Errorf("one more: %v", err)
	}
}

// TestOptions: nil options are the defaults.
func TestOptions(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	keys := keyring(t, key)
	for _, opts := range []*modsig.Options{nil, {}} {
		if err := keys.Verifier(opts)("name", key.Sign(t, module(), nil)); err != nil {
			t.Error(err)
		}
		for want, how := range map[error]*signtest.Options{modsig.ErrWeakDigest: {Hash: crypto.SHA1},
			modsig.ErrUnsupported: {Attributes: true}} {
			if err := keys.Verifier(opts)("name", key.Sign(t, module(), how)); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
	}
	allow := &modsig.Options{AllowSHA1: true, AllowAttributes: true}
	if v, err := keys.Verify(key.Sign(t, module(), &signtest.Options{Hash: crypto.SHA1, Attributes: true}),
		allow); err != nil ||
		v.HashAlgo != "sha1" {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestKernelSearchBounds: how far the numbers may be from the certificates, and how much
// data may look like the beginning of one.
func TestKernelSearchBounds(t *testing.T) {
	own := signtest.NewKey(t, signtest.P384, "own", nil).Cert.Raw
	with := func(c certList) certList {
		c.list, c.numbers, c.bits, c.order = own, []int{len(own), len(own)}, 64, le
		return c
	}
	bare := func(c certList) []byte {
		return bytes.TrimSuffix(with(c).in(newKernel), []byte("what follows in the kernel"))
	}
	begun := func(n int) []byte {
		return append(bytes.Clone(newKernel), bytes.Repeat([]byte("\xa0\x03\x02\x01\x02\x02"), n)...)
	}
	for _, test := range []struct {
		name  string
		image []byte
		want  string
	}{
		{"at the end of the image", bare(certList{}), "CN=own"},
		{"aligned, at the end", bare(certList{align: 256}), "CN=own"},
		{"half a number less", bare(certList{})[:len(bare(certList{}))-5], ""},
		{"only one number", bare(certList{})[:len(bare(certList{}))-8], ""},
		{"no number", bare(certList{})[:len(bare(certList{}))-16], ""},
		{"room of nearly 1 MiB", with(certList{room: 1<<20 - 4096}).in(newKernel), "CN=own"},
		{"room of more than 1 MiB", with(certList{room: 1<<20 + 4096}).in(newKernel), ""},
		{"behind 255 beginnings", with(certList{}).in(begun(255)), "CN=own"},
		{"behind 256 beginnings", with(certList{}).in(begun(256)), ""},
	} {
		var want error
		if test.want == "" {
			want = modsig.ErrNoCertificate
		}
		checkCertificates(t, test.name, test.image, test.want, want)
	}
	for release, one := range map[string]bool{"5.12.19": true, "5.13.0": false, "5.13": false, "4.19.0": true,
		"4.20": true, "6.0.0": false,
		"6.1": false, "5": false, "x.1": false, "5.x": false, "3.2.0-test": true, "10.0.1": false, "5.4.0": true,
		"5.12-rc1": true, "5.13-rc1": false} {
		c := certList{list: own, numbers: []int{len(own)}, bits: 64, order: le}
		kernel := bytes.Replace(newKernel, []byte("6.1.0-test"), []byte(release), 1)
		image := c.in(kernel)
		certs, err := modsig.KernelCertificates(bytes.NewReader(image), int64(len(image)))
		if (err == nil) != (one && release[0] != 'x') || (len(certs) == 1) != (err == nil) {
			t.Errorf("one number in %s: %s, %v", release, subjects(certs), err)
		}
	}
}

// TestReadErrorsOfKeyrings: the error names what cannot be read.
func TestReadErrorsOfKeyrings(t *testing.T) {
	for name, f := range map[string]*oneFile{
		"too large": {size: 16<<20 + 1, read: strings.NewReader("")},
		"larger":    {size: 10, read: bytes.NewReader(make([]byte, 16<<20+1))},
	} {
		_, err := modsig.ReadKeyringFS(f, "a.pem")
		if err == nil || !strings.HasPrefix(err.Error(), "a.pem: ") || !strings.Contains(err.Error(), fmt.Sprint(16<<20)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := modsig.ReadKeyring("/none"); !errors.Is(err, fs.ErrNotExist) ||
		err.Error() != "/none: file does not exist" && !strings.HasPrefix(err.Error(), "/none: no such file") {
		t.Errorf("%v", err)
	}
}

// TestAttributeForms: the attributes for the type and the digest of the content have
// values of their kinds, and both are there.
func TestAttributeForms(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	const pkcs9 = "\x2a\x86\x48\x86\xf7\x0d\x01\x09"
	attribute := func(s *signature, kind string) *node {
		signer := s.signers.children[0]
		for _, set := range signer.children {
			if set.tag != 0xa0 {
				continue
			}
			for _, a := range set.children {
				if string(a.children[0].value) == pkcs9+kind {
					return a
				}
			}
		}
		t.Fatal("the attribute is not there")
		return nil
	}
	value := func(kind string, tag byte) func(s *signature) {
		return func(s *signature) { attribute(s, kind).children[1].children[0].tag = tag }
	}
	rename := func(kind string) func(s *signature) {
		return func(s *signature) { attribute(s, kind).children[0].value = []byte(pkcs9 + "\x63") }
	}
	byDigest := "the signature is damaged: its attribute for the digest is wrong"
	byType := "the signature is damaged: its attribute for the type of content is wrong"
	lack := "the signature is damaged: its attributes lack the type or the digest of the content"
	der := key.SignedData(t, module(), &signtest.Options{Attributes: true})
	allow := &modsig.Options{AllowAttributes: true}
	checkTolerance(t, der, keyring(t, key), allow, []toleranceTest{
		{"as it is", func(*signature) {}, nil, ""},
		{"the digest is a number", value("\x04", 2), modsig.ErrDamaged, byDigest},
		{"the digest is text", value("\x04", 12), modsig.ErrDamaged, byDigest},
		{"the type is bytes", value("\x03", 4), modsig.ErrDamaged, byType},
		{"no digest", rename("\x04"), modsig.ErrDamaged, lack},
		{"no type", rename("\x03"), modsig.ErrDamaged, lack},
	})
	checkTolerance(t, der, keyring(t, key), nil, []toleranceTest{
		{"not permitted", func(*signature) {}, modsig.ErrUnsupported,
			"it has signed attributes, which kernels do not accept in modules"},
		{"neither permitted nor right", rename("\x04"), modsig.ErrUnsupported, "signed attributes"},
	})
}
