package modinfo_test

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// openKernel opens an image.
func openKernel(t testing.TB, image []byte, cfg *modinfo.KernelConfig) *modinfo.Kernel {
	t.Helper()
	k, err := modinfo.NewKernel(bytes.NewReader(image), int64(len(image)), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

// exportsOf returns what a kernel exports.
func exportsOf(k *modinfo.Kernel) ([]modinfo.Export, error) {
	var list []modinfo.Export
	for e, err := range k.Exports() {
		if err != nil {
			return list, err
		}
		list = append(list, e)
	}
	return list, nil
}

// madeExports are the exports that a kernel was made with.
func madeExports(k *modtest.KernelImage) []modinfo.Export {
	var list []modinfo.Export
	for _, e := range k.Exports() {
		made := modinfo.Export{Name: e.Name, GPLOnly: e.GPLOnly, Namespace: e.Namespace}
		if k.Versions != modtest.NoVersions {
			made.CRC, made.HasCRC = e.CRC, true
		}
		list = append(list, made)
	}
	return list
}

// TestKernel: everything that a kernel was made of comes out, packed in every way.
func TestKernel(t *testing.T) {
	for name, k := range modtest.KernelKinds() {
		if k.Twice {
			continue
		}
		image := k.Build()
		checkKernel(t, name, k, openKernel(t, image, nil))
		cfg := &modinfo.KernelConfig{SystemMap: strings.NewReader(k.SystemMap())}
		checkKernel(t, name+", System.map", k, openKernel(t, image, cfg))
	}
}

func checkKernel(t *testing.T, name string, made *modtest.KernelImage, k *modinfo.Kernel) {
	t.Helper()
	if got, err := exportsOf(k); err != nil || !slices.Equal(got, madeExports(made)) {
		t.Errorf("%s: %d exports, %v", name, len(got), err)
	}
	if k.Release() != made.Release || k.Path() != "" {
		t.Errorf("%s: release %q, path %q", name, k.Release(), k.Path())
	}
	if want := strings.TrimSpace(made.Release + " " + made.Vermagic); k.Vermagic() != want {
		t.Errorf("%s: vermagic %q, want %q", name, k.Vermagic(), want)
	}
	if k.Modversions() != (made.Versions != modtest.NoVersions) {
		t.Errorf("%s: versions: %v", name, k.Modversions())
	}
	bare := made.Form == modtest.KernelBare
	if want := modinfo.Machine(62); !bare && k.Machine() != want || bare && k.Machine() != 0 {
		t.Errorf("%s: machine %v", name, k.Machine())
	}
	if !(bare && made.BigEndian) && !bytes.Equal(k.BuildID(), made.BuildID) {
		t.Errorf("%s: build id %x", name, k.BuildID())
	}
}

// TestKernelModversions: it is a word of its own that says so.
func TestKernelModversions(t *testing.T) {
	for vermagic, want := range map[string]bool{"SMP modversions ": true, "SMP ": false,
		"SMP nomodversions": false, "": false} {
		k := openKernel(t, (&modtest.KernelImage{Vermagic: vermagic}).Build(), nil)
		if k.Modversions() != want {
			t.Errorf("%q: %v", vermagic, !want)
		}
	}
}

// TestKernelExportsStops: exports may be read in part, and again.
func TestKernelExportsStops(t *testing.T) {
	made := &modtest.KernelImage{Symbols: modtest.KernelSymbols(20)}
	k := openKernel(t, made.Build(), nil)
	for range 2 {
		n := 0
		for range k.Exports() {
			if n++; n == 3 {
				break
			}
		}
		if got, err := exportsOf(k); n != 3 || err != nil || !slices.Equal(got, madeExports(made)) {
			t.Errorf("%d, then %d, %v", n, len(got), err)
		}
	}
}

// TestKernelNoExports: a kernel in which there are no tables says so, alone, each time.
func TestKernelNoExports(t *testing.T) {
	k := openKernel(t, modtest.Kernel("6.1", make([]byte, 1000)), nil)
	for range 2 {
		got, err := exportsOf(k)
		var failed *modinfo.Error
		if got != nil || !errors.Is(err, modinfo.ErrNoExports) || !errors.As(err, &failed) ||
			err.Error() != "read exports of kernel image: its tables of exported symbols cannot be found" {
			t.Errorf("%v, %v", got, err)
		}
	}
	if k.Vermagic() != "" || k.BuildID() != nil || k.Modversions() || k.Machine() != 0 {
		t.Errorf("%q, %x", k.Vermagic(), k.BuildID())
	}
}

// TestKernelSegments: an ELF kernel lies where it says, another at 0.
func TestKernelSegments(t *testing.T) {
	made := &modtest.KernelImage{Base: 0xffffffff80100000, Form: modtest.KernelBare}
	bare := made.Build()
	made.Form = modtest.KernelSections
	for want, image := range map[uint64][]byte{0: bare, made.Base: made.Build()} {
		n := 0
		for addr, contents := range openKernel(t, image, nil).Segments() {
			if n++; addr != want || !bytes.Equal(contents, bare) {
				t.Errorf("%d bytes at %#x, want %#x", len(contents), addr, want)
			}
			break
		}
		if n != 1 {
			t.Errorf("%d segments", n)
		}
	}
}

// TestKernelConcurrently: methods may be called at once, and what they return is the
// caller's.
func TestKernelConcurrently(t *testing.T) {
	made := &modtest.KernelImage{Symbols: modtest.KernelSymbols(20), Vermagic: "SMP ",
		BuildID: []byte("a build id of twenty")}
	k := openKernel(t, made.Build(), nil)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			got, err := exportsOf(k)
			id := k.BuildID()
			if err != nil || len(got) != 44 || k.Vermagic() != "6.1.0-test SMP" || k.Release() != "6.1.0-test" || id[0] != 'a' {
				t.Errorf("%d exports, %v", len(got), err)
			}
			id[0] = 'b'
		})
	}
	group.Wait()
	if err := errors.Join(k.Close(), k.Close()); err != nil {
		t.Error(err)
	}
}

// TestKernelClosed: a closed kernel says nothing.
func TestKernelClosed(t *testing.T) {
	k := openKernel(t, smallKernel().Build(), nil)
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if list, err := exportsOf(k); !errors.Is(err, fs.ErrClosed) || len(list) > 0 {
		t.Errorf("%d exports, %v", len(list), err)
	}
	if k.Release() != "" || k.Vermagic() != "" || k.BuildID() != nil || k.Architecture() != "" {
		t.Errorf("%q, %q, %x, %q", k.Release(), k.Vermagic(), k.BuildID(), k.Architecture())
	}
	for range k.Segments() {
		t.Error("it has contents")
	}
}
