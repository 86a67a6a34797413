package kmod_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// driverImage is a module "disc" that needs some symbols.
func driverImage(t *testing.T, needs ...string) []byte {
	t.Helper()
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "disc", Path: "disc-current.ko", Needs: needs}}}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	return files["lib/modules/"+modtest.Release+"/disc-current.ko"].Data
}

// opened is an open file with some data, at its end.
func opened(t *testing.T, name string, data []byte) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestInsertGiven: an image and an open file go into the kernel, compressed or not.
func TestInsertGiven(t *testing.T) {
	image := driverImage(t)
	for _, ext := range []string{"", ".xz", ".zst", ".gz", ".lz4"} {
		data := image
		if ext != "" {
			data = dbtest.Compress(t, ext[1:], image)
		}
		for _, compression := range []string{"", "xz"} {
			for _, unpack := range []kmod.Unpack{kmod.UnpackSelf, kmod.UnpackKernel} {
				k := kmodtest.New(modtest.Release)
				k.Compression = compression
				loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k, Unpack: unpack})
				if err := loader.InsertImage(t.Context(), data, "a=1", 0); err != nil || k.Params("disc") != "a=1" {
					t.Errorf("an image%s: %v", ext, err)
				}
				if err := loader.InsertImage(t.Context(), data, "", 0); !errors.Is(err, kmod.ErrExists) ||
					!strings.HasPrefix(err.Error(), "insert module disc: ") {
					t.Errorf("an image%s again: %v", ext, err)
				}
				if err := loader.Remove(t.Context(), "disc", 0); err != nil {
					t.Fatal(err)
				}
				f := opened(t, "disc.ko"+ext, data)
				if err := os.Remove(f.Name()); err != nil {
					t.Fatal(err)
				}
				if err := loader.InsertFile(t.Context(), f, "a=2", 0); err != nil || k.Params("disc") != "a=2" {
					t.Errorf("a file%s that was deleted: %v", ext, err)
				}
				if at, err := f.Seek(0, io.SeekCurrent); at != int64(len(data)) || err != nil {
					t.Errorf("the file is at %d, %v", at, err)
				}
			}
		}
	}
}

// TestInsertGivenRefused: the error says what is known, without a path that is not there.
func TestInsertGivenRefused(t *testing.T) {
	k := kmodtest.New(modtest.Release)
	k.Symbols = []string{"printk"}
	loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k, KernelLog: true, Explain: diagnose.Explainer()})
	image := driverImage(t, "nowhere")
	for name, err := range map[string]error{
		"insert module disc: ":      loader.InsertImage(t.Context(), image, "", 0),
		"insert module disc from /": loader.InsertFile(t.Context(), opened(t, "disc.ko", image), "", 0),
	} {
		var failed *kmod.Error
		if !errors.Is(err, kmod.ErrUnknownSymbol) || !errors.As(err, &failed) || !strings.HasPrefix(err.Error(), name) ||
			!strings.Contains(err.Error(), "nowhere") || len(failed.Log) == 0 || failed.LogErr != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	closed := opened(t, "x.ko", nil)
	closed.Close()
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	calls := len(k.Calls())
	for name, test := range map[string]struct {
		err, is error
		says    string
	}{
		"nothing":    {loader.InsertFile(t.Context(), nil, "", 0), fs.ErrInvalid, "a module without a name"},
		"closed":     {loader.InsertFile(t.Context(), closed, "", 0), fs.ErrClosed, "x.ko"},
		"directory":  {loader.InsertFile(t.Context(), dir, "", 0), nil, "not a regular file"},
		"pipe":       {loader.InsertFile(t.Context(), r, "", 0), nil, "not a regular file"},
		"bad xz":     {loader.InsertImage(t.Context(), []byte("\xfd7zXZ\x00 and no more"), "", 0), nil, "a module without a name"},
		"no context": {loader.InsertImage(ended(t), image, "", 0), context.Canceled, ""},
		"removal":    {loader.Remove(ended(t), "disc", 0), context.Canceled, ""},
	} {
		if test.err == nil || test.is != nil && !errors.Is(test.err, test.is) || !strings.Contains(test.err.Error(), test.says) {
			t.Errorf("%s: %v", name, test.err)
		}
	}
	if len(k.Calls()) != calls {
		t.Errorf("the kernel was asked %v", k.Calls()[calls:])
	}
	if err := loader.InsertImage(t.Context(), nil, "", 0); !errors.Is(err, kmod.ErrIncompatible) {
		t.Errorf("an empty image: %v", err)
	}
}

// TestInsertImageForced: what the caller has stays as it is.
func TestInsertImageForced(t *testing.T) {
	k := kmodtest.New(modtest.Release)
	k.Vermagic = "6.2.0 SMP mod_unload "
	loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k})
	image := driverImage(t)
	before := bytes.Clone(image)
	if err := loader.InsertImage(t.Context(), image, "", 0); !errors.Is(err, kmod.ErrIncompatible) {
		t.Errorf("another vermagic: %v", err)
	}
	if err := loader.InsertImage(t.Context(), image, "", live.ForceInsert); err != nil || !bytes.Equal(image, before) {
		t.Errorf("by force: %v", err)
	}
}

// TestInsertFileForWriting: a kernel takes no file that is open for writing, as a memfd is
// by which a program made the module; it gets the image then.
func TestInsertFileForWriting(t *testing.T) {
	k := kmodtest.New(modtest.Release)
	k.OnCall = func(c kmodtest.Call) error {
		if c.Name == "finit_module" {
			return sys.TextBusy
		}
		return nil
	}
	loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k})
	f := opened(t, "disc.ko", driverImage(t))
	if err := loader.Insert(t.Context(), f.Name(), "", 0); !errors.Is(err, sys.TextBusy) {
		t.Errorf("a file that somebody writes: %v", err)
	}
	if err := loader.InsertFile(t.Context(), f, "", 0); err != nil || !slices.Equal(k.Modules(), []string{"disc"}) {
		t.Errorf("a file that the caller may write: %v", err)
	}
}

// ended is a context that has ended.
func ended(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// TestInsertGivenVerified: Policy and Verify are asked, and the kernel gets what they saw.
func TestInsertGivenVerified(t *testing.T) {
	image := driverImage(t)
	var asked []string
	k := kmodtest.New(modtest.Release)
	loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k,
		Policy: func(s *kmod.Step) error { asked = append(asked, "policy "+s.Module.Name); return nil },
		Verify: func(name string, got []byte) error {
			if asked = append(asked, "verify "+name); !bytes.Equal(got, image) {
				return errors.New("other bytes")
			}
			return nil
		},
	})
	if err := loader.InsertImage(t.Context(), dbtest.Compress(t, "xz", image), "", 0); err != nil {
		t.Fatal(err)
	}
	if err := loader.InsertFile(t.Context(), opened(t, "disc-current.ko", image), "", 0); !errors.Is(err, kmod.ErrForbidden) {
		t.Errorf("a file of another name: %v", err)
	}
	if err := loader.InsertImage(t.Context(), image, "", live.ForceInsert); !errors.Is(err, kmod.ErrForbidden) {
		t.Errorf("by force: %v", err)
	}
	want := []string{"policy disc", "verify disc", "policy disc_current", "verify disc_current", "policy disc"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}
