package modinfo_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// smallKernel is a kernel with exports.
func smallKernel() *modtest.KernelImage {
	return &modtest.KernelImage{Release: "6.1.0-1-test", Vermagic: "SMP mod_unload modversions ",
		BuildID: []byte("a build id of twenty"), Symbols: modtest.KernelSymbols(20), Versions: modtest.ShortVersions}
}

// TestOpenKernel: a kernel is read from a file, from a file system with or without random
// access, and from a reader, in every form.
func TestOpenKernel(t *testing.T) {
	made := smallKernel()
	whole := made.Build()
	packed := gzipped(t, whole)
	for name, image := range map[string][]byte{
		"vmlinux": whole, "bzImage": modtest.BZImage(packed), "zboot": modtest.Zboot("gzip", packed),
		"within a program": modtest.Wrapped(packed), "packed as a whole": packed, "packed twice": gzipped(t, packed),
	} {
		if name == "packed twice" {
			if _, err := modinfo.NewKernel(bytes.NewReader(image), int64(len(image)), nil); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		path := filepath.Join(t.TempDir(), "vmlinuz")
		if err := os.WriteFile(path, image, 0o600); err != nil {
			t.Fatal(err)
		}
		opened, err := modinfo.OpenKernel(path, nil)
		if err != nil || opened.Path() != path {
			t.Fatalf("%s: %v", name, err)
		}
		random, err := modinfo.OpenKernelFS(fstest.MapFS{"boot/vmlinuz": {Data: image}}, "boot/vmlinuz", nil)
		if err != nil || random.Path() != "boot/vmlinuz" {
			t.Fatalf("%s: %v", name, err)
		}
		stream, err := modinfo.OpenKernelFS(streams{fstest.MapFS{"vmlinuz": {Data: image}}}, "vmlinuz", nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for how, k := range map[string]*modinfo.Kernel{"path": opened, "fs": random, "stream": stream,
			"reader": openKernel(t, image, nil)} {
			got, err := exportsOf(k)
			if err != nil || !slices.Equal(got, madeExports(made)) || k.Release() != made.Release ||
				!bytes.Equal(k.BuildID(), made.BuildID) {
				t.Errorf("%s, %s: %d exports, %v", name, how, len(got), err)
			}
			if err := k.Close(); err != nil {
				t.Errorf("%s, %s: %v", name, how, err)
			}
		}
	}
}

// streams is a file system whose files cannot be read at an offset.
type streams struct{ fs.FS }

func (s streams) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	return stream{f}, err
}

type stream struct{ fs.File }

// TestOpenKernelNot: an image that is none is told from one that cannot be read, and the
// error names the file.
func TestOpenKernelNot(t *testing.T) {
	whole := smallKernel().Build()
	packed := gzipped(t, whole)
	failed := errors.New("input/output error")
	for name, test := range map[string]struct {
		image []byte
		want  error
	}{
		"empty":                {nil, modinfo.ErrKernelImage},
		"text":                 {[]byte("Linux version 6.1"), modinfo.ErrKernelImage},
		"a module":             {(&modtest.Module{Modinfo: []string{"license=GPL"}}).Build(), modinfo.ErrKernelImage},
		"cut":                  {whole[:len(whole)/2], modinfo.ErrKernelImage},
		"packed and cut":       {packed[:len(packed)/2], modinfo.ErrKernelImage},
		"bzImage, cut":         {modtest.BZImage(packed)[:3000], modinfo.ErrKernelImage},
		"a payload that is no": {modtest.Wrapped(gzipped(t, []byte("no kernel"))), modinfo.ErrKernelImage},
		"two that are no": {slices.Concat(modtest.Wrapped(gzipped(t, make([]byte, 5000))),
			gzipped(t, []byte("nor this"))), modinfo.ErrKernelImage},
		"a bzImage of no kernel": {modtest.BZImage(gzipped(t, []byte("Linux version %s"))), modinfo.ErrKernelImage},
		"a zboot image of none":  {modtest.Zboot("gzip", gzipped(t, make([]byte, 1000))), modinfo.ErrKernelImage},
		"unknown packing":        {modtest.Zboot("lzma", []byte("lzma")), errors.ErrUnsupported},
		"zeros packed":           {modtest.BZImage(gzipped(t, make([]byte, 2<<20))), modinfo.ErrTooLarge},
		"zeros":                  {make([]byte, 2<<20), modinfo.ErrTooLarge},
	} {
		cfg := &modinfo.KernelConfig{MaxSize: 1 << 20}
		_, err := modinfo.OpenKernelFS(fstest.MapFS{"vmlinuz": {Data: test.image}}, "vmlinuz", cfg)
		var failed *modinfo.Error
		if !errors.Is(err, test.want) || !errors.As(err, &failed) || failed.Path != "vmlinuz" || failed.Op != "open" ||
			!strings.HasPrefix(err.Error(), "open vmlinuz: ") {
			t.Errorf("%s: %v", name, err)
		}
		if errors.Is(err, modinfo.ErrKernelImage) == errors.Is(err, modinfo.ErrTooLarge) {
			t.Errorf("%s: it is both or neither: %v", name, err)
		}
		_, err = modinfo.OpenKernelFS(streams{fstest.MapFS{"vmlinuz": {Data: test.image}}}, "vmlinuz", cfg)
		if !errors.Is(err, test.want) {
			t.Errorf("%s, stream: %v", name, err)
		}
		_, err = modinfo.NewKernel(bytes.NewReader(test.image), int64(len(test.image)), cfg)
		if !errors.Is(err, test.want) || !strings.HasPrefix(err.Error(), "open kernel image: ") {
			t.Errorf("%s, reader: %v", name, err)
		}
	}
	_, err := modinfo.NewKernel(brokenReader{failed}, 1000, nil)
	if !errors.Is(err, failed) || errors.Is(err, modinfo.ErrKernelImage) {
		t.Errorf("a reader that fails: %v", err)
	}
	for _, err := range []error{second(modinfo.OpenKernel("/nonexistent", nil)),
		second(modinfo.OpenKernelFS(fstest.MapFS{}, "vmlinuz", nil))} {
		if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, modinfo.ErrKernelImage) {
			t.Errorf("missing: %v", err)
		}
	}
	if err := second(modinfo.OpenKernel(t.TempDir(), nil)); err == nil || errors.Is(err, modinfo.ErrKernelImage) {
		t.Errorf("a directory: %v", err)
	}
}

func second(_ *modinfo.Kernel, err error) error { return err }

type brokenReader struct{ err error }

func (b brokenReader) ReadAt([]byte, int64) (int, error) { return 0, b.err }
func (b brokenReader) Read([]byte) (int, error)          { return 0, b.err }

// TestKernelSystemMap: a System.map that says nothing, or is another kernel's, is an error
// when exports are asked for; one that cannot be read is one at once.
func TestKernelSystemMap(t *testing.T) {
	made := smallKernel()
	image, text := made.Build(), made.SystemMap()
	other := *made
	other.Symbols = modtest.KernelSymbols(21)
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"its own": {text, nil}, "a stub": {"ffffffffffffffff B The real System.map is elsewhere\n", modinfo.ErrNoBounds},
		"another's": {other.SystemMap(), modinfo.ErrForeignMap}, "empty": {"", modinfo.ErrNoBounds},
	} {
		k := openKernel(t, image, &modinfo.KernelConfig{SystemMap: strings.NewReader(test.text)})
		got, err := exportsOf(k)
		if !errors.Is(err, test.want) || err == nil && !slices.Equal(got, madeExports(made)) {
			t.Errorf("%s: %d exports, %v", name, len(got), err)
		}
	}
	failed := errors.New("input/output error")
	for name, test := range map[string]struct {
		r    io.Reader
		want error
	}{
		"it fails":        {brokenReader{failed}, failed},
		"it is too large": {io.MultiReader(strings.NewReader(text), &endlessNames{}), modinfo.ErrTooLarge},
	} {
		_, err := modinfo.NewKernel(bytes.NewReader(image), int64(len(image)), &modinfo.KernelConfig{SystemMap: test.r})
		var e *modinfo.Error
		if !errors.Is(err, test.want) || !errors.As(err, &e) || !strings.Contains(err.Error(), "read System.map") ||
			errors.Is(err, modinfo.ErrKernelImage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// endlessNames is a System.map that does not end.
type endlessNames struct{ n uint32 }

func (e *endlessNames) Read(b []byte) (int, error) {
	line := []byte("ffffffff81000000 r __ksymtab_n00000000" + strings.Repeat("x", 1000) + "\n")
	copy(line[28:], binary.BigEndian.AppendUint32(nil, e.n|0x80808080))
	e.n += 0x01010101
	e.n++
	return copy(b, line), nil
}

// TestKernelCuts: an image that is cut, at the border of each of its parts and about
// there, is an error, or says nothing that the whole one does not.
func TestKernelCuts(t *testing.T) {
	for _, form := range []modtest.KernelForm{modtest.KernelSections, modtest.KernelSegments, modtest.KernelBare} {
		made := smallKernel()
		made.Form = form
		whole := made.Build()
		want := madeExports(made)
		for n := 0; n <= len(whole); n++ {
			if n > 200 && (n < len(whole)-6000 || n < len(whole)-1000 && n%8 != 0) && (n+1)%4096 > 1 {
				continue
			}
			k, err := modinfo.NewKernel(bytes.NewReader(whole[:n]), int64(n), nil)
			if err != nil {
				if !errors.Is(err, modinfo.ErrKernelImage) {
					t.Fatalf("form %d, %d of %d bytes: %v", form, n, len(whole), err)
				}
				continue
			}
			got, err := exportsOf(k)
			switch {
			case err != nil && !errors.Is(err, modinfo.ErrNoExports):
				t.Fatalf("form %d, %d of %d bytes: %v", form, n, len(whole), err)
			case err == nil && !slices.Equal(got, want):
				t.Fatalf("form %d, %d of %d bytes: %d exports of %d", form, n, len(whole), len(got), len(want))
			}
		}
	}
}

// TestKernelBomb: much that is packed to little costs no more than the limit allows.
func TestKernelBomb(t *testing.T) {
	const limit = 4 << 20
	kernel := append(modtest.Kernel("6.1", nil), make([]byte, limit-200)...)
	for name, image := range map[string][]byte{
		"to the limit": modtest.BZImage(gzipped(t, kernel)), "beyond it": modtest.BZImage(gzipped(t, make([]byte, 4*limit))),
	} {
		got := modtest.Allocated(func() {
			k, err := modinfo.NewKernel(bytes.NewReader(image), int64(len(image)), &modinfo.KernelConfig{MaxSize: limit})
			if err == nil {
				_, err = exportsOf(k)
			}
			if !errors.Is(err, modinfo.ErrNoExports) && !errors.Is(err, modinfo.ErrTooLarge) {
				t.Errorf("%s: %v", name, err)
			}
		})
		if got > limit+limit/10+2<<20 {
			t.Errorf("%s: %d KiB are allocated", name, got>>10)
		}
	}
}
