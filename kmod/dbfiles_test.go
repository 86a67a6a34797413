package kmod_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
)

// TestModuleFiles: where the file of a module lies, and what is in it.
func TestModuleFiles(t *testing.T) {
	image := modtest.Named("a", nil, nil).Build()
	files := modtest.Tree(nil, modtest.TreeModule{Path: "kernel/a.ko", File: image}, modtest.TreeModule{Path: "/opt/b.ko"})
	root := modtest.Write(t, files)
	if err := os.MkdirAll(filepath.Join(root, "opt"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "opt/b.ko"), []byte("b"), 0o644); err != nil {
		t.Fatal(err)
	}
	local := filepath.Join(t.TempDir(), "c.ko")
	if err := os.WriteFile(local, []byte("c"), 0o644); err != nil {
		t.Fatal(err)
	}
	db := dbtest.Open(t, &kmod.Config{Root: root, Release: modtest.Release, AllowExternal: true, MaxModuleSize: 4321})
	a, err1 := db.Module("a")
	b, err2 := db.Module("b")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		module  kmod.Module
		rel     string
		content []byte
	}{
		{a, "kernel/a.ko", image}, {b, "/opt/b.ko", []byte("b")},
		{kmod.Module{Name: "c", Path: local, Local: true}, local, []byte("c")},
		{kmod.Module{Name: "inside", Builtin: true}, "", nil},
		{kmod.Module{Name: "gone", Path: local + "x", Local: true}, local + "x", nil},
	} {
		if got := db.Rel(test.module); got != test.rel {
			t.Errorf("%s lies at %s, want %s", test.module.Name, got, test.rel)
		}
		f, err := db.OpenModule(test.module)
		if test.content == nil {
			if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, new(*fs.PathError)) {
				t.Errorf("%s: %v", test.module.Name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.module.Name, err)
			continue
		}
		if got, err := io.ReadAll(f); err != nil || !slices.Equal(got, test.content) {
			t.Errorf("%s has %d bytes, %v", test.module.Name, len(got), err)
		}
		f.Close()
	}
	if db.MaxModuleSize() != 4321 {
		t.Errorf("the limit is %d", db.MaxModuleSize())
	}
	fsys, prefix := db.FS()
	if _, err := fs.Stat(fsys, a.Path[len(prefix):]); err != nil || prefix != root+"/" {
		t.Errorf("below %s: %v", prefix, err)
	}
}

// TestReadFile: the files that the kernel's build leaves.
func TestReadFile(t *testing.T) {
	db := dbtest.Golden(t)
	text, err := db.ReadFile("modules.order")
	if err != nil || len(text) == 0 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	for _, name := range []string{"modules.nosuch", "../../../etc/passwd"} {
		if _, err := db.ReadFile(name); err == nil || !errors.As(err, new(*fs.PathError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestConfigured: the commands and the blacklist line for a name.
func TestConfigured(t *testing.T) {
	db := dbtest.Tree(t, dbtest.Wide(), "install mid true $CMDLINE_OPTS\nremove fs-top x\nblacklist disk\n", nil)
	install, remove := db.Commands("mid")
	if install == nil || install.Text != "true $CMDLINE_OPTS" || install.Remove || install.Origin.Line != 1 || remove != nil {
		t.Errorf("mid: %+v, %+v", install, remove)
	}
	install, remove = db.Commands("fs_top")
	if install != nil || remove == nil || remove.Text != "x" || !remove.Remove || remove.Module != "fs_top" {
		t.Errorf("fs_top: %+v, %+v", install, remove)
	}
	if origin := db.Blacklisted("disk"); origin == nil || origin.Line != 3 {
		t.Errorf("disk is blacklisted by %v", origin)
	}
	if origin := db.Blacklisted("mid"); origin != nil {
		t.Errorf("mid is blacklisted by %v", origin)
	}
}

// TestExporters: modules by the symbols that they export.
func TestExporters(t *testing.T) {
	db := dbtest.Golden(t)
	found, err := db.Exporters("gm_mid_fn", "nosuch", "gm_top_fn")
	if err != nil || len(found) != 2 || names(found["gm_mid_fn"])[0] != "gm_mid" || names(found["gm_top_fn"])[0] != "gm_top" {
		t.Errorf("got %v, %v", found, err)
	}
}

// TestConfigLines: the lines about some modules, with and without those of the kernel
// command line.
func TestConfigLines(t *testing.T) {
	db := dbtest.Tree(t, dbtest.Wide(), "options mid a=1\noptions disk b=2\ninstall fs-top true\nalias my-mid mid\nblacklist base\n", nil)
	lines, err := db.ConfigLines(nil, "mid", "top")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range lines {
		got = append(got, line.Text)
		if (line.Command != "") != (line.Text == "install fs_top true") || line.Extracted != (line.Origin.File != "etc/modprobe.d/kmodtest.conf") {
			t.Errorf("%+v", line)
		}
	}
	want := []string{"install fs_top true", "alias my_mid mid", "options mid a=1", "softdep top pre: before nosuch post: after", "weakdep top helper crypto-x nosuch2"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestDevnames: lines that describe no node are errors of their own.
func TestDevnames(t *testing.T) {
	text := "# Device nodes to trigger on-demand module loading.\nfuse fuse c10:229\nbroken\nloop loop-control b7:0\n\n" +
		"tun net/tun c10:200\nevil ../x c1:2\nevil /x c1:2\nevil a\x00b c1:2\nlarge a c4096:1\nend end c1:3\r\nlast last c1:3"
	type entry struct {
		name  string
		line  int
		block bool
	}
	want := []entry{{"fuse", 2, false}, {"", 3, false}, {"loop-control", 4, true}, {"", 5, false},
		{"net/tun", 6, false}, {"", 7, false}, {"", 8, false}, {"", 9, false}, {"", 10, false}, {"end", 11, false}, {"last", 12, false}}
	files := modtest.Tree(nil)
	files[moddir.Of(modtest.Release)+"/modules.devname"] = &fstest.MapFile{Data: []byte(text)}
	db := dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release})
	lines := strings.Split(text, "\n")
	var got []entry
	for d, err := range db.Devnames() {
		got = append(got, entry{d.Name, d.Origin.Line, d.Block})
		if d.Text != lines[d.Origin.Line-1] {
			t.Errorf("line %d is %q", d.Origin.Line, d.Text)
		}
		if bad := d.Name == ""; bad != errors.Is(err, kmod.ErrCorrupt) || (d.Module == "") != bad {
			t.Errorf("%+v, %v", d, err)
		}
		if must := strings.Contains(d.Text, "c1:2") || strings.Contains(d.Text, "c4096:1"); must != errors.Is(err, kmod.ErrDevname) {
			t.Errorf("%q: %v", d.Text, err)
		}
		if err != nil && !strings.Contains(err.Error(), d.Origin.String()+": invalid devname entry \"") {
			t.Errorf("the error is %v", err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for d, err := range db.Devnames() {
		if d.Module != "fuse" || d.Major != 10 || d.Minor != 229 || err != nil {
			t.Errorf("%+v, %v", d, err)
		}
		break
	}
}

// TestDevnamesMissing: no file is not an empty one.
func TestDevnamesMissing(t *testing.T) {
	all := func(cfg *kmod.Config) (n int, err error) {
		for _, err := range dbtest.Open(t, cfg).Devnames() {
			if n++; err != nil {
				return n, err
			}
		}
		return n, nil
	}
	files := modtest.Tree(nil)
	name := moddir.Of(modtest.Release) + "/modules.devname"
	files[name] = &fstest.MapFile{Data: []byte("in the directory c1:2\n")}
	for what, test := range map[string]struct {
		indexes fs.FS
		release string
		want    error
	}{
		"elsewhere":    {fstest.MapFS{"modules.devname": {Data: []byte("a b c1:2\n")}}, modtest.Release, nil},
		"not given":    {fstest.MapFS{}, modtest.Release, kmod.ErrNoIndexes},
		"no directory": {nil, "6.2", kmod.ErrNoModuleDir},
		"in place":     {nil, modtest.Release, kmod.ErrCorrupt},
	} {
		n, err := all(&kmod.Config{FS: files, Indexes: test.indexes, Release: test.release})
		if n != 1 || !errors.Is(err, test.want) || test.want == nil && err != nil ||
			(test.want == kmod.ErrNoIndexes) != errors.Is(err, fs.ErrNotExist) && test.want != kmod.ErrNoModuleDir {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
	files[name] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	if _, err := all(&kmod.Config{FS: files, Release: modtest.Release}); err == nil || errors.Is(err, kmod.ErrCorrupt) ||
		!strings.Contains(err.Error(), name) {
		t.Errorf("a directory: %v", err)
	}
	root := modtest.GoldenRoot(t)
	large := filepath.Join(root, moddir.Of(modtest.GoldenRelease), "modules.devname")
	if n, err := all(&kmod.Config{Root: root, Release: modtest.GoldenRelease}); n != 1 || err != nil {
		t.Errorf("the golden tree: %d, %v", n, err)
	}
	if err := os.Truncate(large, 1<<30); err != nil {
		t.Skip("no sparse files: ", err)
	}
	if n, err := all(&kmod.Config{Root: root, Release: modtest.GoldenRelease}); n != 1 ||
		!errors.Is(err, openfile.ErrTooLarge) || !strings.Contains(err.Error(), large) {
		t.Errorf("a file of 1 GB: %d, %v", n, err)
	}
}
