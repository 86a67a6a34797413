package modinfo_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// FuzzFile: any input gives an error of a known kind or a module that answers all
// questions, with answers that are consistent with each other and the size of the
// file, without more reading and memory than that warrants.
func FuzzFile(f *testing.F) {
	for _, name := range []string{"kernel/gm/gm_top.ko", "updates/gm_base.ko", "kernel/gm/gm_param.ko.xz",
		"kernel/gm/gm_dev.ko.gz", "kernel/gm/gm_soft.ko.zst"} {
		f.Add(modtest.GoldenModule(f, name))
	}
	for _, kind := range classes {
		m := kind
		m.Exports = []modtest.Export{{Name: "a", CRC: 1, Namespace: "NS"}, {Name: "b", GPL: true}}
		m.Needed = []modtest.Needed{{Name: "c"}, {Name: "d", Weak: true}}
		m.Versions = []modtest.Version{{Name: "c", CRC: 2}}
		m.ExtVersions = []modtest.Version{{Name: "c", CRC: 2}}
		m.Signature = block("s", "k", "v", 4, 1)
		f.Add(m.Build())
		m.Versions, m.ExtVersions = nil, nil
		m.VarVersions = []modtest.Version{{Name: "c", CRC: 2}, {Name: "module_layout", CRC: 3}}
		f.Add(m.Build())
		m.VarVersions, m.Sections = nil, []modtest.Section{{Name: "__versions", Data: []byte("neither form")}}
		f.Add(m.Build())
	}
	f.Add(modtest.ExportMarks(map[string][2]string{"marked": {"GPL", "NS"}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &countingReader{ReaderAt: bytes.NewReader(data)}
		file, err := modinfo.NewFile(r, int64(len(data)), &modinfo.Config{MaxSize: 8 << 20})
		if err != nil {
			known := errors.Is(err, modinfo.ErrFormat) || errors.Is(err, modinfo.ErrTooLarge)
			if file != nil || !known {
				t.Fatalf("got %v with error %v", file, err)
			}
			return
		}
		defer file.Close()
		unpacked := file.Size()
		used := allocated(func() {
			checkInfo(t, file)
			checkSymbols(t, file)
		})
		// Plain modules are read by sections, each at most once for each question.
		if most := 20*int64(len(data)) + 4<<20; r.read > most {
			t.Fatalf("%d bytes are read of a file of %d", r.read, len(data))
		}
		if most := 100*uint64(unpacked) + 4<<20; used > most {
			t.Fatalf("%d bytes of memory for a module of %d", used, unpacked)
		}
	})
}

func checkInfo(t *testing.T, file *modinfo.File) {
	info, err := file.Info()
	if err != nil {
		if info != nil || !errors.Is(err, modinfo.ErrFormat) {
			t.Fatalf("Info gives %v, %v", info, err)
		}
		return
	}
	total := 0
	for _, field := range info.Fields {
		total += len(field.Key) + len(field.Value) + 1
		if strings.Contains(field.Key, "=") || strings.Contains(field.Key+field.Value, "\x00") {
			t.Fatalf("field %q", field)
		}
		if !info.Has(field.Key) {
			t.Fatalf("the field %q is not found", field.Key)
		}
	}
	if int64(total) > file.Size()+int64(len(info.Fields)) {
		t.Fatalf("fields of %d bytes in a file of %d", total, file.Size())
	}
	_, _, _, _ = info.Softdeps(), info.Weakdeps(), info.Params(), info.Name()
	if sig := info.Signature; sig != nil && (sig.SignedSize < 0 || sig.SignedSize > file.Size()) {
		t.Fatalf("signed are %d of %d bytes", sig.SignedSize, file.Size())
	}
}

func checkSymbols(t *testing.T, file *modinfo.File) {
	exports, err := file.Exports()
	if err != nil && (exports != nil || !errors.Is(err, modinfo.ErrFormat)) {
		t.Fatalf("Exports gives %v, %v", exports, err)
	}
	needed, err := file.Needed()
	if err != nil && (needed != nil || !errors.Is(err, modinfo.ErrFormat)) {
		t.Fatalf("Needed gives %v, %v", needed, err)
	}
	for _, n := range needed {
		if n.Name == "" {
			t.Fatal("a needed symbol without a name")
		}
	}
	versions, err := file.Versions()
	if err != nil && (versions != nil || !errors.Is(err, modinfo.ErrFormat)) {
		t.Fatalf("Versions gives %v, %v", versions, err)
	}
}

// FuzzKernel: any input gives an error of a known kind or a kernel whose answers are the
// same again, and no longer than the kernel.
func FuzzKernel(f *testing.F) {
	const limit = 1 << 20
	for name, k := range modtest.KernelKinds() {
		if k.Twice && k.Versions <= modtest.ShortVersions {
			k.Alone, k.Symbols = true, k.Symbols[:44]
			image := k.Build()
			f.Add(image, k.SystemMap())
			if strings.Contains(name, "flags") {
				f.Add(modtest.BZImage(gzipped(f, image)), "")
			}
		}
	}
	f.Fuzz(func(t *testing.T, image []byte, text string) {
		for _, cfg := range []*modinfo.KernelConfig{{MaxSize: limit}, {MaxSize: limit, SystemMap: strings.NewReader(text)}} {
			k, err := modinfo.NewKernel(bytes.NewReader(image), int64(len(image)), cfg)
			if err != nil {
				if k != nil || !errors.Is(err, modinfo.ErrKernelImage) && !errors.Is(err, modinfo.ErrTooLarge) {
					t.Fatalf("got %v, %v", k, err)
				}
				continue
			}
			checkKernelAnswers(t, k)
		}
	})
}

func checkKernelAnswers(t *testing.T, k *modinfo.Kernel) {
	size := 0
	for _, contents := range k.Segments() {
		size += len(contents)
	}
	if k.Release() == "" || strings.ContainsAny(k.Release()+k.Vermagic(), "\x00\n") ||
		len(k.Vermagic())+len(k.BuildID()) > size {
		t.Fatalf("release %q, vermagic %q, build id %x", k.Release(), k.Vermagic(), k.BuildID())
	}
	got, err := exportsOf(k)
	again, err2 := exportsOf(k)
	if !slices.Equal(got, again) || (err == nil) != (err2 == nil) {
		t.Fatalf("%d exports, %v; then %d, %v", len(got), err, len(again), err2)
	}
	if err != nil && (got != nil || !errors.Is(err, modinfo.ErrNoExports) && !errors.Is(err, modinfo.ErrForeignMap) &&
		!errors.Is(err, modinfo.ErrNoBounds)) {
		t.Fatalf("%d exports, %v", len(got), err)
	}
	total := 0
	for _, e := range got {
		total += len(e.Name) + len(e.Namespace)
		if e.Name == "" || strings.ContainsFunc(e.Name+e.Namespace, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("the name %q", e.Name)
		}
	}
	if total > size {
		t.Fatalf("%d bytes of names in a kernel of %d", total, size)
	}
}
