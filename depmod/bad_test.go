package depmod_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

func simple(name string) []byte { return modtest.Named(name, nil, nil).Build() }

// complaints lists what a report says is left out.
func complaints(r *depmod.Report) []string {
	var all []string
	for _, e := range r.Unreadable {
		all = append(all, e.Error())
	}
	for _, f := range r.BadFields {
		all = append(all, fmt.Sprintf("%s of %s %q: %v", f.Field, f.Module, f.Value, f.Err))
	}
	return all
}

// TestBad: problems of one file are reported, and everything else is indexed.
func TestBad(t *testing.T) {
	const kernel = moduleDir + "/kernel/"
	for _, test := range []struct {
		name   string
		file   string // next to two good modules
		data   []byte
		report string // "" for nothing
	}{
		{"broken ELF", kernel + "x.ko", simple("x")[:200], "read lib/modules/6.1.0-test/kernel/x.ko: "},
		{"no ELF", kernel + "x.ko", []byte("junk"), "read lib/modules/6.1.0-test/kernel/x.ko: "},
		{"empty", kernel + "x.ko", nil, "read lib/modules/6.1.0-test/kernel/x.ko: "},
		{"broken xz", kernel + "x.ko.xz", []byte("\xfd7zXZ\x00junk"), "read lib/modules/6.1.0-test/kernel/x.ko.xz: "},
		{"newline in the name", kernel + "x\ny.ko", simple("x"), `read "lib/modules/6.1.0-test/kernel/x\ny.ko": `},
		{"space in the name", kernel + "x y.ko", simple("x"), "read lib/modules/6.1.0-test/kernel/x y.ko: "},
		{"colon in the path", kernel + "a:b/x.ko", simple("x"), "read lib/modules/6.1.0-test/kernel/a:b/x.ko: "},
		{"tab in the name", kernel + "x\ty.ko", simple("x"), `read "lib/modules/6.1.0-test/kernel/x\ty.ko": `},
		{"long name", kernel + strings.Repeat("x", 5000) + ".ko", simple("x"), "read lib/modules/6.1.0-test/kernel/xxx"},
		{"name above 127", kernel + "\xe9.ko", simple("x"), `read "lib/modules/6.1.0-test/kernel/\xe9.ko": `},
		{"junk in modules.order", moduleDir + "/modules.order", []byte(strings.Repeat("x", 1<<20) + "\n\x00\n../../up.ko\n/kernel/b.ko\nkernel/b.ko\n"), ""},
		{"junk in modules.builtin", moduleDir + "/modules.builtin", []byte("kernel/d\xe9.ko\nkernel/e.ko"), "name of d\xe9 \"kernel/d\\xe9.ko\": "},
		{"junk in modules.builtin.modinfo", moduleDir + "/modules.builtin.modinfo", []byte("\x00junk\x00.=\x00e.alias=a[\x00e.alias=fine\x00"), `alias of e "a[": `},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := needTree("b:", "a: b")
			files[test.file] = &fstest.MapFile{Data: test.data, Mode: 0o644}
			index, err := scanFS(t, files, depmod.Config{})
			if err != nil {
				t.Fatal(err)
			}
			got := complaints(&index.Report)
			if len(got) == 0 && test.report != "" || len(got) > 0 && (test.report == "" || !strings.HasPrefix(got[0], test.report)) {
				t.Errorf("the report says %q", got)
			}
			made, err := index.Files()
			if err != nil {
				t.Fatal(err)
			}
			if dep := string(made[0].Data); dep != "kernel/b.ko:\nkernel/a.ko: kernel/b.ko\n" {
				t.Errorf("modules.dep is\n%s", dep)
			}
		})
	}
}

// shiftyFS is a file system in which one file changes after a look at it.
type shiftyFS struct {
	fs.FS
	name string
	open func(fs.File) (fs.File, error)
}

func (s shiftyFS) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if err != nil || name != s.name {
		return f, err
	}
	return s.open(f)
}

// shifty has other content than its size says.
type shifty struct {
	fs.File
	io.Reader
}

func (s shifty) Read(p []byte) (int, error) { return s.Reader.Read(p) }

// short claims half of its size.
type short struct{ fs.File }

func (s short) Stat() (fs.FileInfo, error) {
	info, err := s.File.Stat()
	return shortInfo{info}, err
}

type shortInfo struct{ fs.FileInfo }

func (i shortInfo) Size() int64 { return i.FileInfo.Size() / 2 }

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, fs.ErrInvalid }

// TestChanging: a file or directory that changes, vanishes or fails while it is
// read does not affect the others.
func TestChanging(t *testing.T) {
	const victim = moduleDir + "/kernel/v.ko"
	content := func(r io.Reader) func(fs.File) (fs.File, error) {
		return func(f fs.File) (fs.File, error) { return shifty{f, r}, nil }
	}
	refuse := func(err error) func(fs.File) (fs.File, error) {
		return func(f fs.File) (fs.File, error) { return nil, &fs.PathError{Op: "open", Path: "x", Err: err} }
	}
	whole := simple("v")
	for _, test := range []struct {
		name   string
		victim string
		open   func(fs.File) (fs.File, error)
		report string
	}{
		{"vanishes", victim, refuse(fs.ErrNotExist), "read " + victim + ": file does not exist"},
		{"may not be read", victim, refuse(fs.ErrPermission), "read " + victim + ": permission denied"},
		{"becomes shorter", victim, content(bytes.NewReader(whole[:len(whole)/2])), "read " + victim + ": "},
		{"becomes empty", victim, content(bytes.NewReader(nil)), "read " + victim + ": "},
		{"becomes longer", victim, content(io.MultiReader(bytes.NewReader(whole), strings.NewReader("more"))), ""},
		{"is being written", victim, func(f fs.File) (fs.File, error) { return shifty{short{f}, bytes.NewReader(whole)}, nil }, "read " + victim + ": "},
		{"fails", victim, content(brokenReader{}), "read " + victim + ": invalid argument"},
		{"directory may not be read", moduleDir + "/extra", refuse(fs.ErrPermission),
			"read " + moduleDir + "/extra: permission denied"},
		{"directory vanishes", moduleDir + "/extra", refuse(fs.ErrNotExist),
			"read " + moduleDir + "/extra: file does not exist"},
		{"order may not be read", moduleDir + "/modules.order", refuse(fs.ErrPermission), "read " + moduleDir + "/modules.order: permission denied"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := needTree("a: b", "b:")
			files[victim] = &fstest.MapFile{Data: whole, Mode: 0o644}
			files[moduleDir+"/extra/e.ko"] = &fstest.MapFile{Data: simple("e"), Mode: 0o644}
			index, err := scanShifty(t, shiftyFS{files, test.victim, test.open})
			if err != nil {
				t.Fatal(err)
			}
			got := complaints(&index.Report)
			if len(got) > 1 || (len(got) == 1) != (test.report != "") || len(got) == 1 && !strings.HasPrefix(got[0], test.report) {
				t.Errorf("the report says %q", got)
			}
			var names []string
			for _, m := range index.Modules() {
				names = append(names, m.Name)
			}
			want := []string{"a", "b", "e", "v"}
			switch {
			case test.victim == victim && test.report != "":
				want = []string{"a", "b", "e"}
			case strings.HasSuffix(test.victim, "extra"):
				want = []string{"a", "b", "v"}
			}
			if slices.Sort(names); !slices.Equal(names, want) {
				t.Errorf("the modules are %q", names)
			}
		})
	}
}

func scanShifty(t *testing.T, files fs.FS) (*depmod.Index, error) {
	t.Helper()
	return depmod.Scan(t.Context(), &depmod.Config{FS: files, Release: modtest.Release})
}
