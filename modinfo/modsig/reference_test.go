package modsig_test

import (
	"bytes"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/internal/trailer"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// reference is openssl(1) with certificates that it trusts.
type reference struct {
	tool, certs string
	validity    bool // certificates must be valid now
}

func newReference(t testing.TB, certs []*modsig.Certificate, validity bool) *reference {
	t.Helper()
	tool, err := exec.LookPath("openssl")
	if err != nil {
		kmodref.Absent(t, "openssl is not installed")
	}
	r := &reference{tool, filepath.Join(t.TempDir(), "certs.pem"), validity}
	var text []byte
	for _, c := range certs {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	if err := os.WriteFile(r.certs, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return r
}

// accepts reports whether openssl verifies the signature of a module. Of the
// trailer it uses only the length of the signature. scratch is a directory for
// its sole use.
func (r *reference) accepts(t testing.TB, scratch string, image []byte) bool {
	t.Helper()
	rest := image[:max(0, len(image)-trailer.Size)]
	end, ok := trailer.Parse(image[len(rest):])
	if !ok || int64(end.SignatureLen) > int64(len(rest)) {
		return false
	}
	at := len(rest) - int(end.SignatureLen)
	body := filepath.Join(scratch, "body")
	if err := os.WriteFile(body, rest[:at], 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"cms", "-verify", "-inform", "DER", "-content", body, "-binary", "-certfile", r.certs, "-nointern",
		"-out", os.DevNull}
	if r.validity {
		args = append(args, "-CAfile", r.certs, "-partial_chain", "-purpose", "any")
	} else {
		args = append(args, "-noverify")
	}
	cmd := exec.Command(r.tool, args...)
	cmd.Stdin = bytes.NewReader(rest[at:])
	cmd.Env = []string{"OPENSSL_CONF=" + os.DevNull}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	err := cmd.Run()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		t.Fatal(err)
	}
	if strings.Contains(stderr.String(), "nknown option") {
		t.Fatal(stderr.String())
	}
	return err == nil
}

// inParallel calls f with the numbers below n, and a directory that no
// concurrent call uses.
func inParallel(t *testing.T, n int, f func(i int, scratch string)) {
	t.Helper()
	var next atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		scratch := t.TempDir()
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i, scratch)
			}
		})
	}
	group.Wait()
}

// TestRealModules compares with openssl's verdict on modules of Debian's
// kernels, with the certificates from their own images: all modules of the
// newest kernel, and some of the others.
func TestRealModules(t *testing.T) {
	cached := vm.Cached()
	if len(cached) == 0 {
		vm.Kernels(t, kernels.Usual()...) // skips, or fetches them
		cached = vm.Cached()
	}
	if testing.Short() {
		cached = cached[:1]
	}
	for at, kernel := range cached {
		t.Run(kernel.Release, func(t *testing.T) {
			certs := certificatesOf(t, kernel.Packed)
			files := modulesBelow(t, filepath.Join(kernel.Dir, "lib/modules", kernel.Release))
			if len(files) < 1000 {
				t.Fatalf("there are only %d modules", len(files))
			}
			sample := len(files)
			switch {
			case testing.Short():
				sample = 5
			case at > 0:
				sample = 200
			}
			ref, keys := newReference(t, certs, false), modsig.NewKeyring(certs...)
			inParallel(t, sample, func(i int, scratch string) {
				path := files[i*len(files)/sample]
				got, err := keys.VerifyFile(path, &modsig.Options{IgnoreValidity: true})
				image := unpacked(t, path)
				if theirs := ref.accepts(t, scratch, image); theirs != (err == nil) || !theirs {
					t.Errorf("%s: openssl accepts it: %v, we say %v", path, theirs, err)
				}
				if err == nil && !bytes.Equal(got.Certificate.Raw, certs[0].Raw) {
					t.Errorf("%s is signed by %s", path, got.Certificate.Subject)
				}
			})
			t.Logf("%d of %d modules, signed by %s (%s)", sample, len(files), certs[0].Subject, certs[0].KeyType)
		})
	}
}

func certificatesOf(t *testing.T, image string) []*modsig.Certificate {
	t.Helper()
	certs, err := modsig.ReadKernelCertificates(image)
	if err != nil {
		t.Fatal(err)
	}
	return certs
}

func modulesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && modname.IsModuleFile(path) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}

func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		data, err = decompress.Bytes(nil, data, 1<<30)
	}
	if err != nil {
		t.Error(err)
	}
	return data
}
