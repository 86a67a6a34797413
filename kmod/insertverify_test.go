package kmod_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// witness is a kernel that keeps the images it was given.
type witness struct {
	*kmodtest.Kernel
	mu     sync.Mutex
	images [][]byte
}

func (w *witness) InitModule(image []byte, params string) error {
	w.mu.Lock()
	w.images = append(w.images, bytes.Clone(image))
	w.mu.Unlock()
	return w.Kernel.InitModule(image, params)
}

// verifying makes a loader for a tree on disk with that Verify.
func verifying(t *testing.T, files fstest.MapFS, verify func(string, []byte) error) (*kmod.Loader, *witness) {
	t.Helper()
	loader, k := dbtest.Loader(t, files, true)
	k.Compression = "gzip" // so that a descriptor would do for all
	w := &witness{Kernel: k}
	return kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: w, Verify: verify, Unpack: kmod.UnpackKernel}), w
}

// onlyImages makes sure that nothing was inserted by its descriptor.
func onlyImages(t *testing.T, w *witness) {
	t.Helper()
	for _, c := range w.Calls() {
		if c.Name != "init_module" {
			t.Errorf("the kernel was asked for %s of %s", c.Name, c.Module)
		}
	}
}

func TestVerifySignatures(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "modules", nil)
	other := signtest.NewKey(t, signtest.P256, "others", nil)
	old := signtest.NewKey(t, signtest.P256, "old", func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, -1) })
	certs, err := modsig.ParseCertificates(append(key.PEM(), old.PEM()...))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(image []byte) []byte { return key.Sign(t, image, nil) }
	tests := []struct {
		name string
		sign func(image []byte) []byte // makes a module in the middle of what is needed
		err  error
	}{
		{"signed", sign, nil},
		{"unsigned", func(image []byte) []byte { return image }, modsig.ErrUnsigned},
		{"other key", func(image []byte) []byte { return other.Sign(t, image, nil) }, modsig.ErrUnknownKey},
		{"expired", func(image []byte) []byte { return old.Sign(t, image, nil) }, modsig.ErrExpired},
		{"one bit", func(image []byte) []byte {
			signed := sign(image)
			signed[100] ^= 1
			return signed
		}, modsig.ErrBadSignature},
		{"signature of another file", func(image []byte) []byte {
			return signtest.Append(image, key.SignedData(t, append(image, 0), nil))
		}, modsig.ErrBadSignature},
		{"trailing byte", func(image []byte) []byte { return append(sign(image), 0) }, modsig.ErrUnsigned},
		{"trailing byte in the signature", func(image []byte) []byte {
			return signtest.Append(image, append(key.SignedData(t, image, nil), 0))
		}, modsig.ErrDamaged},
		{"truncated signature", func(image []byte) []byte {
			return signtest.Append(image, key.SignedData(t, image, nil)[:100])
		}, modsig.ErrDamaged},
		{"truncated", func(image []byte) []byte { return sign(image)[:len(image)+50] }, modsig.ErrUnsigned},
		{"another module", func([]byte) []byte { return sign(module("base", []string{"base_fn"}, []string{"printk"}, "")) }, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := chainTree()
			for name, file := range files {
				switch filepath.Base(name) {
				case "top.ko", "base.ko":
					file.Data = sign(file.Data)
				case "mid.ko":
					file.Data = test.sign(file.Data)
				}
			}
			loader, w := verifying(t, files, modsig.NewKeyring(certs...).Verifier(nil))
			_, err := loader.Load(context.Background(), "top")
			onlyImages(t, w)
			if test.name == "signed" {
				if err != nil || !slices.Equal(w.Modules(), []string{"base", "mid", "top"}) {
					t.Errorf("the kernel has %v, %v", w.Modules(), err)
				}
				return
			}
			if !slices.Equal(w.Modules(), []string{"base"}) || test.err != nil && !errors.Is(err, test.err) {
				t.Errorf("the kernel has %v, %v", w.Modules(), err)
			}
			var policy *kmod.Error
			if !failedTo(err, "load", &policy) || !errors.Is(err, kmod.ErrForbidden) || policy.Module != "mid" || policy.Path == "" ||
				!slices.Equal(policy.Chain, []string{"mid", "top"}) {
				t.Errorf("the error is %#v", err)
			}
		})
	}
}

// TestVerifiedBytes: whatever happens to the file after it was verified, the kernel gets
// what was verified.
func TestVerifiedBytes(t *testing.T) {
	good := modtest.Named("a", nil, nil).Build()
	bad := modtest.Named("a", nil, nil)
	bad.Modinfo = append(bad.Modinfo, "evil=yes")
	for _, ext := range []string{"", "gz", "xz", "zst"} {
		for _, how := range []string{"overwritten", "replaced", "cut off", "removed"} {
			t.Run(ext+" "+how, func(t *testing.T) {
				path, file := filepath.Join(t.TempDir(), "a.ko"), good
				if ext != "" {
					path, file = path+"."+ext, dbtest.Compress(t, ext, good)
				}
				if err := os.WriteFile(path, file, 0o644); err != nil {
					t.Fatal(err)
				}
				w := &witness{Kernel: kmodtest.New(modtest.Release)}
				verify := func(name string, image []byte) error {
					if name != "a" || !bytes.Equal(image, good) {
						t.Errorf("%s with %d bytes is to be verified", name, len(image))
					}
					return tamper(path, how, bad.Build())
				}
				loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: w, Verify: verify})
				if err := loader.Insert(t.Context(), path, "", 0); err != nil {
					t.Fatal(err)
				}
				if len(w.images) != 1 || !bytes.Equal(w.images[0], good) {
					t.Errorf("the kernel got something else")
				}
				onlyImages(t, w)
			})
		}
	}
}

func tamper(path, how string, data []byte) error {
	switch how {
	case "overwritten":
		return os.WriteFile(path, data, 0o644)
	case "replaced":
		if err := os.WriteFile(path+".new", data, 0o644); err != nil {
			return err
		}
		return os.Rename(path+".new", path)
	case "cut off":
		return os.Truncate(path, 10)
	}
	return os.Remove(path)
}

// TestVerifyUnderAttack changes a file all the time: the kernel only ever gets the good
// one.
func TestVerifyUnderAttack(t *testing.T) {
	good := modtest.Named("a", nil, nil).Build()
	bad := bytes.Replace(good, []byte("license=GPL"), []byte("license=BAD"), 1)
	path := filepath.Join(t.TempDir(), "a.ko")
	if err := os.WriteFile(path, good, 0o644); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		defer f.Close()
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				f.WriteAt([][]byte{bad, good}[i%2], 0)
			}
		}
	}()
	refused := errors.New("not the good one")
	w := &witness{Kernel: kmodtest.New(modtest.Release)}
	loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: w, Verify: func(_ string, image []byte) error {
		if !bytes.Equal(image, good) {
			return refused
		}
		return nil
	}})
	for range 2000 {
		err := loader.Insert(t.Context(), path, "", 0)
		if err == nil {
			err = loader.Remove(t.Context(), "a", 0)
		}
		if err != nil && !errors.Is(err, refused) {
			t.Error(err)
			break
		}
	}
	close(stop)
	<-stopped
	for _, image := range w.images {
		if !bytes.Equal(image, good) {
			t.Fatal("the kernel got what was not verified")
		}
	}
}

func TestVerifyRefusals(t *testing.T) {
	accept := func(string, []byte) error { return nil }
	nameless := modtest.Named("a", nil, nil)
	nameless.Modinfo = nameless.Modinfo[:1]
	withStruct := func(name string) []byte {
		m := *nameless
		m.Sections = []modtest.Section{{Name: ".gnu.linkonce.this_module",
			Data: append(append(make([]byte, 24), name...), make([]byte, 100)...)}}
		return m.Build()
	}
	both := modtest.Named("a", nil, nil)
	both.Sections = []modtest.Section{{Name: ".gnu.linkonce.this_module", Data: append(make([]byte, 24), "b\x00\x00"...)}}
	tests := []struct {
		name, file string
		image      []byte
		flags      live.InsertFlags
		want       string // a part of the error, "" for none
	}{
		{"same name", "a.ko", modtest.Named("a", nil, nil).Build(), 0, ""},
		{"dash", "a-b.ko", modtest.Named("a_b", nil, nil).Build(), 0, ""},
		{"other name", "b.ko", modtest.Named("a", nil, nil).Build(), 0, "the file holds the module a"},
		{"no name", "a.ko", nameless.Build(), 0, "does not say what the module is called"},
		{"name in the structure", "a.ko", withStruct("a"), 0, ""},
		{"other name in the structure", "a.ko", withStruct("aa"), 0, "the file holds the module aa"},
		{"two names", "a.ko", both.Build(), 0, "the file holds the module b"},
		{"forced", "a.ko", modtest.Named("a", nil, nil).Build(), live.IgnoreVermagic, "would change what was verified"},
		{"no module", "a.ko", []byte("text"), 0, "not a valid kernel module"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), test.file)
			if err := os.WriteFile(path, test.image, 0o644); err != nil {
				t.Fatal(err)
			}
			w := &witness{Kernel: kmodtest.New(modtest.Release)}
			w.OnCall = func(kmodtest.Call) error { return syscall.ENODEV }
			err := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: w, Verify: accept}).Insert(t.Context(), path, "", test.flags)
			if test.want == "" {
				if !errors.Is(err, syscall.ENODEV) && !errors.Is(err, syscall.ENOEXEC) || len(w.images) != 1 {
					t.Errorf("it did not get to the kernel: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || !errors.Is(err, kmod.ErrForbidden) || len(w.images) > 0 {
				t.Errorf("got %v, and %d images reached the kernel", err, len(w.images))
			}
		})
	}
}

// TestVerifyNoWayRound: a kernel that takes no images gets nothing.
func TestVerifyNoWayRound(t *testing.T) {
	loader, w := verifying(t, chainTree(), func(string, []byte) error { return nil })
	w.OnCall = func(c kmodtest.Call) error {
		if c.Name == "init_module" {
			return syscall.EPERM
		}
		return nil
	}
	if _, err := loader.Load(context.Background(), "base"); !errors.Is(err, syscall.EPERM) {
		t.Error(err)
	}
	onlyImages(t, w)
	if len(w.Modules()) > 0 {
		t.Errorf("the kernel has %v", w.Modules())
	}
}

// TestVerifiedButRefused: the error says why the kernel refused a module, as without
// Verify, by the bytes that it got.
func TestVerifiedButRefused(t *testing.T) {
	files := modtest.Tree(nil, modtest.TreeModule{Path: "kernel/a.ko", File: modtest.Named("a", nil, []string{"gone"}).Build()})
	loader, w := verifying(t, files, func(string, []byte) error { return nil })
	_, err := loader.Load(context.Background(), "a")
	if !errors.Is(err, kmod.ErrUnknownSymbol) || errors.Is(err, kmod.ErrForbidden) {
		t.Error(err)
	}
	onlyImages(t, w)
}

func TestVerifyDryRun(t *testing.T) {
	no := errors.New("no")
	var asked []string
	loader, w := verifying(t, chainTree(), func(name string, _ []byte) error {
		asked = append(asked, name)
		if name == "mid" {
			return no
		}
		return nil
	})
	plan, err := loader.DB().Plan("top")
	if err != nil {
		t.Fatal(err)
	}
	result, err := loader.Run(context.Background(), plan, &kmod.RunOptions{DryRun: true})
	if !errors.Is(err, no) || !slices.Equal(asked, []string{"base", "mid"}) || len(w.Calls()) > 0 {
		t.Errorf("asked about %v, got %v", asked, err)
	}
	if inserted := result.Inserted(); !slices.Equal(inserted, []string{"base"}) {
		t.Errorf("%v would have been inserted", inserted)
	}
}
