package modsig_test

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/internal/trailer"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// signer returns a Signer for a key.
func signer(t testing.TB, key *signtest.Key, opts *modsig.SignOptions) *modsig.Signer {
	t.Helper()
	s, err := modsig.NewSigner(key.Private, certificate(t, key), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// certificate is that of a key, as this package reads it.
func certificate(t testing.TB, key *signtest.Key) *modsig.Certificate {
	t.Helper()
	return keyring(t, key).Certificates()[0]
}

// elsewhere is a key that is known only as a crypto.Signer, as one in a TPM.
type elsewhere struct{ key crypto.Signer }

func (e elsewhere) Public() crypto.PublicKey { return e.key.Public() }

func (e elsewhere) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return e.key.Sign(rand, digest, opts)
}

// hashAlgos are the digests that sign-file of every version accepts.
var hashAlgos = []string{"sha1", "sha224", "sha256", "sha384", "sha512"}

// TestSignAsSignFile compares with the kernel's sign-file, byte for byte for RSA: the
// signed module and the bare signature.
func TestSignAsSignFile(t *testing.T) {
	tool, dir := signFile(t), t.TempDir()
	for _, kind := range []signtest.Kind{signtest.RSA, signtest.P256, signtest.P384} {
		key := signtest.NewKey(t, kind, "by sign-file", nil)
		private, cert := write(t, dir, "key.pem", key.PrivatePEM(t)), write(t, dir, "cert.der", key.Cert.Raw)
		for _, hash := range hashAlgos {
			for _, flags := range [][]string{{"-p"}, {"-p", "-k"}} {
				opts := &modsig.SignOptions{HashAlgo: hash, KeyID: len(flags) == 2}
				file := write(t, dir, "a.ko", module())
				if out, err := exec.Command(tool, append(flags, hash, private, cert, file)...).CombinedOutput(); err != nil {
					t.Fatalf("%s %v %s: %v: %s", kind, flags, hash, err, out)
				}
				s, err := modsig.ReadSigner(private, cert, opts)
				if err != nil {
					t.Fatal(err)
				}
				image, err := s.Sign(module())
				if err != nil {
					t.Fatal(err)
				}
				bare, err := s.Signature(bytes.NewReader(module()))
				if err != nil {
					t.Fatal(err)
				}
				theirs, theirBare := read(t, file), read(t, file+".p7s")
				if kind != signtest.RSA { // a signature by ECDSA is another one each time
					image, theirs, bare, theirBare = nil, nil, withoutValue(t, bare), withoutValue(t, theirBare)
				}
				if !bytes.Equal(image, theirs) || !bytes.Equal(bare, theirBare) {
					t.Errorf("%s %v %s: ours is\n%x, that of sign-file\n%x", kind, flags, hash, bare, theirBare)
				}
			}
		}
	}
}

// withoutValue is a signature without the value that the key computed.
func withoutValue(t *testing.T, der []byte) []byte {
	t.Helper()
	root := parseNodes(t, der)[0]
	last := root
	for len(last.children) > 0 {
		last = last.children[len(last.children)-1]
	}
	last.value = nil
	return root.encode(nil)
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestSign signs with every kind of key and digest, and with keys that are elsewhere. We
// and openssl verify all of it.
func TestSign(t *testing.T) {
	for _, kind := range []signtest.Kind{signtest.RSA, signtest.P256, signtest.P384, signtest.P521} {
		key := signtest.NewKey(t, kind, "signs", nil)
		keys, cert := keyring(t, key), certificate(t, key)
		ref := newReference(t, []*modsig.Certificate{cert}, false)
		for _, hash := range append([]string{"", "sha3-256", "sha3-384", "sha3-512"}, hashAlgos...) {
			for _, keyID := range []bool{false, true} {
				opts := &modsig.SignOptions{HashAlgo: hash, KeyID: keyID}
				s, err := modsig.NewSigner(elsewhere{key.Private}, cert, opts)
				if err != nil {
					t.Fatal(err)
				}
				image, err := s.Sign(module())
				if err != nil {
					t.Errorf("%s with %+v: %v", kind, *opts, err)
					continue
				}
				got, err := keys.Verify(image, &modsig.Options{AllowSHA1: true})
				if want := cmp.Or(hash, "sha256"); err != nil || got.HashAlgo != want || got.SignedSize != int64(len(module())) {
					t.Errorf("%s with %+v: got %+v, %v", kind, *opts, got, err)
				}
				if !ref.accepts(t, t.TempDir(), image) {
					t.Errorf("%s with %+v: openssl does not accept it", kind, *opts)
				}
			}
		}
	}
}

// TestSignAgain: what is signed already is signed anew, whoever signed it and however
// often, and the caller's image is not changed.
func TestSignAgain(t *testing.T) {
	key, old := signtest.NewKey(t, signtest.RSA, "signs", nil), signtest.NewKey(t, signtest.P256, "old", nil)
	s := signer(t, key, nil)
	want, err := s.Sign(module())
	if err != nil {
		t.Fatal(err)
	}
	twice := old.Sign(t, old.Sign(t, module(), nil), nil)
	// The kind of before Linux 4.3, with name and key id in front of the signature.
	x509 := append(module(), "namekey idsignature"...)
	x509 = trailer.Trailer{Algorithm: 1, Hash: 4, Kind: 1, SignerLen: 4, KeyIDLen: 6, SignatureLen: 9}.Append(x509)
	for name, image := range map[string][]byte{
		"unsigned": module(), "signed": want, "by another": old.Sign(t, module(), nil), "twice": twice, "X.509": x509,
		"no bytes of a signature": signtest.Append(module(), nil),
	} {
		before := bytes.Clone(image)
		got, err := s.Sign(image)
		if err != nil || !bytes.Equal(got, want) || !bytes.Equal(image, before) {
			t.Errorf("%s: it is signed otherwise, or has changed, %v", name, err)
		}
		if body, err := modsig.Strip(image); err != nil || !bytes.Equal(body, module()) {
			t.Errorf("%s: stripped to %d bytes, %v", name, len(body), err)
		}
	}
}

// TestSignInPlace: a larger slice that the image is a part of is not written to.
func TestSignInPlace(t *testing.T) {
	memory := append(module(), make([]byte, 4096)...)
	size := len(module())
	if _, err := signer(t, signtest.NewKey(t, signtest.RSA, "signs", nil), nil).Sign(memory[:size]); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(memory[size:], make([]byte, 4096)) {
		t.Error("what follows the image in memory has changed")
	}
}

// TestStripBad: an end like that of a signed module, but no signature before it.
func TestStripBad(t *testing.T) {
	end := func(size uint32) []byte { return trailer.Trailer{Kind: 2, SignatureLen: size}.Append(nil) }
	many := module()
	for range 17 {
		many = signtest.Append(many, nil)
	}
	for name, image := range map[string][]byte{
		"nothing before it":   end(0),
		"all is signature":    append(make([]byte, 10), end(10)...),
		"longer than it":      append(make([]byte, 10), end(1<<32-1)...),
		"too many signatures": many,
	} {
		if got, err := modsig.Strip(image); got != nil || !errors.Is(err, modsig.ErrDamaged) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	for _, image := range [][]byte{nil, []byte("x"), end(0)[1:], append(end(1), 0)} {
		if got, err := modsig.Strip(image); err != nil || !bytes.Equal(got, image) {
			t.Errorf("%q: %q, %v", image, got, err)
		}
	}
	if got, err := modsig.Strip(append([]byte("x"), end(0)...)); err != nil || string(got) != "x" {
		t.Errorf("an empty signature: %q, %v", got, err)
	}
}

// foreign is a key that says that it is another one.
type foreign struct {
	elsewhere
	public crypto.PublicKey
}

func (f foreign) Public() crypto.PublicKey { return f.public }

// TestNewSigner: keys, certificates and options that do not go together.
func TestNewSigner(t *testing.T) {
	rsa, p256 := signtest.NewKey(t, signtest.RSA, "rsa", nil), signtest.NewKey(t, signtest.P256, "p256", nil)
	other := signtest.NewKey(t, signtest.RSA, "rsa", nil)
	bare := signtest.NewKey(t, signtest.P256, "bare", func(c *x509.Certificate) { c.SubjectKeyId = nil })
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edCert := signtest.Certify(t, edwards, "edwards", nil)
	md5 := &modsig.SignOptions{HashAlgo: "md5"}
	byHand := *certificate(t, rsa)
	byHand = modsig.Certificate{Subject: byHand.Subject, PublicKey: byHand.PublicKey, Raw: byHand.Raw}
	for name, test := range map[string]struct {
		key  crypto.Signer
		cert *modsig.Certificate
		opts *modsig.SignOptions
		want error
	}{
		"good":                {rsa.Private, certificate(t, rsa), nil, nil},
		"good, by id":         {rsa.Private, certificate(t, rsa), &modsig.SignOptions{KeyID: true}, nil},
		"another key":         {other.Private, certificate(t, rsa), nil, modsig.ErrOtherKey},
		"of another kind":     {p256.Private, certificate(t, rsa), nil, modsig.ErrOtherKey},
		"no public key":       {foreign{elsewhere{rsa.Private}, nil}, certificate(t, rsa), nil, modsig.ErrOtherKey},
		"Ed25519":             {edwards, certificate(t, edCert), nil, modsig.ErrUnsupported},
		"no such digest":      {rsa.Private, certificate(t, rsa), md5, modsig.ErrUnsupported},
		"no id":               {bare.Private, certificate(t, bare), &modsig.SignOptions{KeyID: true}, modsig.ErrCertificate},
		"no id is asked for":  {bare.Private, certificate(t, bare), nil, nil},
		"no key":              {nil, certificate(t, rsa), nil, modsig.ErrKey},
		"no certificate":      {rsa.Private, nil, nil, modsig.ErrNoCertificate},
		"a cert made by hand": {rsa.Private, &byHand, nil, modsig.ErrCertificate},
	} {
		s, err := modsig.NewSigner(test.key, test.cert, test.opts)
		if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) || (s == nil) != (err != nil) {
			t.Errorf("%s: %v, %v", name, s, err)
		}
		if s != nil && s.Certificate() != test.cert {
			t.Errorf("%s: another certificate", name)
		}
	}
	private, cert := write(t, t.TempDir(), "key.pem", rsa.PrivatePEM(t)), write(t, t.TempDir(), "cert.pem", rsa.PEM())
	var e *modsig.Error
	if s, err := modsig.ReadSigner(private, cert, md5); s != nil || !errors.As(err, &e) || e.Path != "" {
		t.Errorf("no such digest: %v, %v", s, err)
	}
	// A key that only says that it is the certificate's is found out by its signature.
	s, err := modsig.NewSigner(foreign{elsewhere{other.Private}, rsa.Private.Public()}, certificate(t, rsa), nil)
	if err != nil {
		t.Fatal(err)
	}
	if image, err := s.Sign(module()); image != nil || !errors.Is(err, modsig.ErrOtherKey) {
		t.Errorf("a key with a wrong name: %d bytes, %v", len(image), err)
	}
}

// TestSignExpired: as with sign-file, an expired certificate signs. The verdict on the
// module is that of its reader: the kernel's is that it is good.
func TestSignExpired(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "old", func(c *x509.Certificate) {
		c.NotAfter = time.Now().AddDate(0, 0, -1)
	})
	s := signer(t, key, nil)
	image, err := s.Sign(module())
	if err != nil {
		t.Fatal(err)
	}
	if !s.Certificate().NotAfter.Before(time.Now()) {
		t.Error("it has not expired")
	}
	if _, err := keyring(t, key).Verify(image, nil); !errors.Is(err, modsig.ErrExpired) {
		t.Errorf("got %v", err)
	}
	if _, err := keyring(t, key).Verify(image, &modsig.Options{IgnoreValidity: true}); err != nil {
		t.Error(err)
	}
}

// TestReadSigner reads key and certificate from files, both from one too, and takes the
// certificate of the key. Errors name the file.
func TestReadSigner(t *testing.T) {
	dir := t.TempDir()
	key, other := signtest.NewKey(t, signtest.RSA, "mine", nil), signtest.NewKey(t, signtest.P256, "other", nil)
	private := write(t, dir, "key.pem", key.PrivatePEM(t))
	both := write(t, dir, "both.pem", slices.Concat(key.PrivatePEM(t), other.PEM(), key.PEM()))
	theirs, none := write(t, dir, "other.pem", other.PEM()), write(t, dir, "none.pem", []byte("text"))
	gone := filepath.Join(dir, "gone")
	for _, test := range []struct {
		key, cert string
		want      error
		named     string
	}{
		{private, both, nil, ""}, {both, both, nil, ""}, {private, theirs, modsig.ErrOtherKey, theirs},
		{none, both, modsig.ErrKey, none}, {private, none, modsig.ErrNoCertificate, none},
		{theirs, both, modsig.ErrKey, theirs}, {gone, both, fs.ErrNotExist, gone}, {both, gone, fs.ErrNotExist, gone},
	} {
		s, err := modsig.ReadSigner(test.key, test.cert, nil)
		if test.want == nil {
			if err != nil || s.Certificate().Subject != "CN=mine" {
				t.Errorf("%s, %s: %+v, %v", test.key, test.cert, s, err)
			}
			continue
		}
		var e *modsig.Error
		if s != nil || !errors.Is(err, test.want) || !errors.As(err, &e) || e.Path != test.named {
			t.Errorf("%s, %s: %v", test.key, test.cert, err)
		}
	}
}

// TestSignTogether: one Signer may be used by many at a time.
func TestSignTogether(t *testing.T) {
	s := signer(t, signtest.NewKey(t, signtest.RSA, "signs", nil), nil)
	want, err := s.Sign(module())
	if err != nil {
		t.Fatal(err)
	}
	inParallel(t, 20, func(i int, scratch string) {
		path := filepath.Join(scratch, "a.ko")
		err := os.WriteFile(path, module(), 0o600)
		if err == nil {
			err = s.SignFile(path)
		}
		if err != nil || !bytes.Equal(read(t, path), want) {
			t.Errorf("another module, %v", err)
		}
	})
}
