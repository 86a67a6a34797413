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
	"github.com/gokmod/gokmod/internal/modtest"
)

// moduleWith is a module that states further fields.
func moduleWith(name string, fields ...string) []byte {
	m := modtest.Named(name, []string{name}, nil)
	m.Modinfo = append(m.Modinfo, fields...)
	return m.Build()
}

// complaints are what a report says is left out.
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

// TestBad: what is wrong with one file or field is reported, and everything
// else is indexed.
func TestBad(t *testing.T) {
	const kernel = moduleDir + "/kernel/"
	for _, test := range []struct {
		name   string
		file   string // next to two good modules
		data   []byte
		report string // "" for nothing
		alias  string // further lines of modules.alias
	}{
		{"broken ELF", kernel + "x.ko", moduleWith("x")[:200], "read lib/modules/6.1.0-test/kernel/x.ko: ", ""},
		{"no ELF", kernel + "x.ko", []byte("junk"), "read lib/modules/6.1.0-test/kernel/x.ko: ", ""},
		{"empty", kernel + "x.ko", nil, "read lib/modules/6.1.0-test/kernel/x.ko: ", ""},
		{"broken xz", kernel + "x.ko.xz", []byte("\xfd7zXZ\x00junk"), "read lib/modules/6.1.0-test/kernel/x.ko.xz: ", ""},
		{"bytes above 127", kernel + "x.ko", moduleWith("x", "alias=d\xe9j\xe0", "alias=good"), `alias of x "d\xe9j\xe0": `, "alias good x\n"},
		{"newline in an alias", kernel + "x.ko", moduleWith("x", "alias=a x\nalias b", "alias=good"), `alias of x "a x\nalias b": `, "alias good x\n"},
		{"unmatched bracket", kernel + "x.ko", moduleWith("x", "alias=a[b", "alias=b]c", "alias=good"), `alias of x "a[b": `, "alias good x\n"},
		{"empty alias", kernel + "x.ko", moduleWith("x", "alias=", "alias=good"), `alias of x "": `, "alias good x\n"},
		{"newline in a dependency", kernel + "x.ko", moduleWith("x", "softdep=pre: a\nsoftdep b pre: c"), `softdep of x "pre: a\nsoftdep b pre: c": `, ""},
		{"backslash at the end", kernel + "x.ko", moduleWith("x", `weakdep=a \`), `weakdep of x "a \\": `, ""},
		{"newline in the name", kernel + "x\ny.ko", moduleWith("x"), `read lib/modules/6.1.0-test/kernel/x` + "\n" + `y.ko: `, ""},
		{"space in the name", kernel + "x y.ko", moduleWith("x"), "read lib/modules/6.1.0-test/kernel/x y.ko: ", ""},
		{"colon in the path", kernel + "a:b/x.ko", moduleWith("x"), "read lib/modules/6.1.0-test/kernel/a:b/x.ko: ", ""},
		{"name above 127", kernel + "\xe9.ko", moduleWith("x"), "read lib/modules/6.1.0-test/kernel/\xe9.ko: ", ""},
		{"junk in modules.order", moduleDir + "/modules.order", []byte(strings.Repeat("x", 1<<20) + "\n\x00\n../../up.ko\n/kernel/b.ko\nkernel/b.ko\n"), "", ""},
		{"junk in modules.builtin", moduleDir + "/modules.builtin", []byte("kernel/d\xe9.ko\nkernel/e.ko"), "read lib/modules/6.1.0-test/modules.builtin: ", ""},
		{"junk in modules.builtin.modinfo", moduleDir + "/modules.builtin.modinfo", []byte("\x00junk\x00.=\x00e.alias=a[\x00e.alias=fine\x00"), `alias of e "a[": `, ""},
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
			dep := "kernel/b.ko:\nkernel/a.ko: kernel/b.ko\n"
			if test.alias != "" || strings.Contains(test.report, "dep of x") {
				dep += "kernel/x.ko:\n"
			}
			if string(made[0].Data) != dep {
				t.Errorf("modules.dep is\n%s", made[0].Data)
			}
			if _, alias, _ := strings.Cut(string(made[2].Data), "\n"); alias != test.alias {
				t.Errorf("modules.alias is\n%s", alias)
			}
		})
	}
}

// shiftyFS is a file system in which one file is not what it was a moment ago.
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

// shifty has other content than its size tells.
type shifty struct {
	fs.File
	io.Reader
}

func (s shifty) Read(p []byte) (int, error) { return s.Reader.Read(p) }

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, fs.ErrInvalid }

// TestChanging: a file or folder that changes, vanishes or fails while it is
// read does no harm to the others.
func TestChanging(t *testing.T) {
	const victim = moduleDir + "/kernel/v.ko"
	content := func(r io.Reader) func(fs.File) (fs.File, error) {
		return func(f fs.File) (fs.File, error) { return shifty{f, r}, nil }
	}
	refuse := func(err error) func(fs.File) (fs.File, error) {
		return func(f fs.File) (fs.File, error) { return nil, &fs.PathError{Op: "open", Path: "x", Err: err} }
	}
	whole := moduleWith("v")
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
		{"fails", victim, content(brokenReader{}), "read " + victim + ": invalid argument"},
		{"folder may not be read", moduleDir + "/extra", refuse(fs.ErrPermission), "read " + moduleDir + "/extra: permission denied"},
		{"folder vanishes", moduleDir + "/extra", refuse(fs.ErrNotExist), "read " + moduleDir + "/extra: file does not exist"},
		{"order may not be read", moduleDir + "/modules.order", refuse(fs.ErrPermission), "read " + moduleDir + "/modules.order: permission denied"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := needTree("a: b", "b:")
			files[victim] = &fstest.MapFile{Data: whole, Mode: 0o644}
			files[moduleDir+"/extra/e.ko"] = &fstest.MapFile{Data: moduleWith("e"), Mode: 0o644}
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
