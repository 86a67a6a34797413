package modsig_test

import (
	"bytes"
	"crypto"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/gokmod/gokmod/internal/test/signtest"
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
