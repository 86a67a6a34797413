package modsig_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// signFile returns the path of the kernel build's sign-file.
func signFile(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/linux-kbuild-*/scripts/sign-file",
		"/usr/src/linux-headers-*/scripts/sign-file"} {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[len(found)-1]
		}
	}
	kmodref.Absent(t, "the kernel's sign-file is not installed (package linux-kbuild or linux-headers)")
	return ""
}

// TestSignFile verifies signatures made by sign-file.
func TestSignFile(t *testing.T) {
	tool, dir := signFile(t), t.TempDir()
	for _, kind := range []signtest.Kind{signtest.RSA, signtest.P256, signtest.P384} {
		key := signtest.NewKey(t, kind, "by sign-file", nil)
		keys, allow := keyring(t, key), &modsig.Options{AllowSHA1: true}
		private := write(t, dir, "key.pem", key.PrivatePEM(t))
		cert := write(t, dir, "cert.der", key.Cert.Raw)
		for _, hash := range []string{"sha1", "sha224", "sha256", "sha384", "sha512"} {
			for _, flags := range [][]string{nil, {"-k"}} {
				file := write(t, dir, "a.ko", module())
				out, err := exec.Command(tool, append(flags, hash, private, cert, file)...).CombinedOutput()
				if err != nil {
					t.Errorf("%s %v %s: %v: %s", kind, flags, hash, err, out)
					continue
				}
				got, err := keys.VerifyFile(file, allow)
				if err != nil || got.HashAlgo != hash || got.SignedSize != int64(len(module())) {
					t.Errorf("%s %v %s: got %+v, %v", kind, flags, hash, got, err)
				}
				changed, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				changed[len(module())-1] ^= 1
				if _, err := keys.Verify(changed, allow); !errors.Is(err, modsig.ErrBadSignature) {
					t.Errorf("%s %v %s, changed: %v", kind, flags, hash, err)
				}
			}
		}
	}
}

// TestOpenSSLSigned verifies signatures made by "openssl cms -sign", which is
// used without sign-file, and with digests that older versions of sign-file do
// not support.
func TestOpenSSLSigned(t *testing.T) {
	tool, err := exec.LookPath("openssl")
	if err != nil {
		kmodref.Absent(t, "openssl is not installed")
	}
	dir := t.TempDir()
	body := write(t, dir, "a.ko", module())
	for _, kind := range []signtest.Kind{signtest.RSA, signtest.P384, signtest.P521} {
		key := signtest.NewKey(t, kind, "by openssl", nil)
		private, cert := write(t, dir, "key.pem", key.PrivatePEM(t)), write(t, dir, "cert.pem", key.PEM())
		for _, hash := range []string{"sha256", "sha512", "sha3-256", "sha3-384", "sha3-512"} {
			for _, flag := range []string{"-noattr", "-nosmimecap", "-keyid"} {
				if kind != signtest.RSA && hash[:4] == "sha3" {
					continue // openssl 3.0 has no such algorithm
				}
				out := filepath.Join(dir, "sig")
				args := []string{"cms", "-sign", "-binary", "-nocerts", "-outform", "DER", "-md", hash, "-in", body,
					"-signer", cert, "-inkey", private, "-out", out, flag}
				if flag == "-keyid" {
					args = append(args, "-noattr")
				}
				if text, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
					t.Errorf("%s %s %s: %v: %s", kind, hash, flag, err, text)
					continue
				}
				sig, err := os.ReadFile(out)
				if err != nil {
					t.Fatal(err)
				}
				attributes := flag == "-nosmimecap"
				image := signtest.Append(module(), sig)
				got, err := keyring(t, key).Verify(image, &modsig.Options{AllowAttributes: attributes})
				if err != nil || got.HashAlgo != hash {
					t.Errorf("%s %s %s: got %+v, %v", kind, hash, flag, got, err)
				}
				if _, err := keyring(t, key).Verify(image, nil); errors.Is(err, modsig.ErrUnsupported) != attributes {
					t.Errorf("%s %s %s, without attributes: %v", kind, hash, flag, err)
				}
			}
		}
	}
}

// TestOpenSSLVariants: signatures with more than openssl needs to include are
// accepted: the same signer twice, two signers, certificates.
func TestOpenSSLVariants(t *testing.T) {
	tool, err := exec.LookPath("openssl")
	if err != nil {
		kmodref.Absent(t, "openssl is not installed")
	}
	dir := t.TempDir()
	body, out := write(t, dir, "a.ko", module()), filepath.Join(dir, "sig")
	key, other := signtest.NewKey(t, signtest.RSA, "by openssl", nil), signtest.NewKey(t, signtest.P256, "other", nil)
	cert, otherCert := write(t, dir, "cert.pem", key.PEM()), write(t, dir, "other.pem", other.PEM())
	signer := []string{"-signer", cert, "-inkey", write(t, dir, "key.pem", key.PrivatePEM(t))}
	second := []string{"-signer", otherCert, "-inkey", write(t, dir, "otherkey.pem", other.PrivatePEM(t))}
	for name, args := range map[string][]string{
		"twice":             append([]string{"-nocerts"}, append(signer, signer...)...),
		"two signers":       append([]string{"-nocerts"}, append(second, signer...)...),
		"certificates":      append([]string{"-certfile", otherCert}, signer...),
		"all of it, by id":  append([]string{"-keyid"}, append(second, signer...)...),
		"as PKCS#7 (smime)": append([]string{"smime"}, signer...),
	} {
		command := []string{"cms"}
		if args[0] == "smime" {
			command, args = args[:1], args[1:]
		}
		command = append(command, "-sign", "-binary", "-noattr", "-outform", "DER", "-md", "sha256", "-in", body, "-out",
			out)
		if text, err := exec.Command(tool, append(command, args...)...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, text)
			continue
		}
		sig, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keyring(t, key).Verify(signtest.Append(module(), sig), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
