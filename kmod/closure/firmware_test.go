package closure_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// firmwareTree has a module that names firmware.
func firmwareTree(names ...string) *kmodtest.Tree {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "a"}, {Name: "b", Depends: []string{"a"}}}}
	for _, name := range names {
		tree.Modules[0].Fields = append(tree.Modules[0].Fields, "firmware="+name)
	}
	return tree
}

// firmwarePaths returns what was found as words.
func firmwarePaths(list []closure.Firmware) string {
	var words []string
	for _, f := range list {
		words = append(words, f.Name+"="+f.Path)
	}
	return strings.Join(words, " ")
}

func firmwareNames(list []closure.Firmware) string {
	var words []string
	for _, f := range list {
		words = append(words, f.Name)
	}
	return strings.Join(words, " ")
}

func TestFirmware(t *testing.T) {
	const r = "6.1.0-test"
	tests := []struct {
		name    string
		names   string
		files   string
		dirs    []string
		want    string
		missing string
	}{
		{"plain", "a.bin d/b.bin", "lib/firmware/a.bin lib/firmware/d/b.bin", nil, "a.bin=lib/firmware/a.bin d/b.bin=lib/firmware/d/b.bin", ""},
		{"missing", "z y", "lib/firmware/a.bin", nil, "", "y z"},
		{"no directory", "a", "", nil, "", "a"},
		{"compressed", "a b", "lib/firmware/a.xz lib/firmware/b.zst", nil, "a=lib/firmware/a.xz b=lib/firmware/b.zst", ""},
		{"order of forms", "a b", "lib/firmware/a lib/firmware/a.xz lib/firmware/b.xz lib/firmware/b.zst", nil, "a=lib/firmware/a b=lib/firmware/b.zst", ""},
		{"order of directories", "a b c d", "lib/firmware/a lib/firmware/" + r + "/a lib/firmware/" + r + "/b lib/firmware/updates/b lib/firmware/updates/c lib/firmware/updates/" + r + "/c lib/firmware/d", nil,
			"a=lib/firmware/" + r + "/a b=lib/firmware/updates/b c=lib/firmware/updates/" + r + "/c d=lib/firmware/d", ""},
		{"any form in any directory first", "a", "lib/firmware/updates/a.xz lib/firmware/a", nil, "a=lib/firmware/a", ""},
		{"merged", "a", "usr/lib/firmware/a", nil, "a=usr/lib/firmware/a", ""},
		{"other directories", "a", "lib/firmware/a opt/fw/a", []string{"/opt/fw"}, "a=opt/fw/a", ""},
		{"other directories, not clean", "a", "lib/firmware/a opt/fw/a", []string{"//opt/x/../fw/."}, "a=opt/fw/a", ""},
		{"above the root, absolute", "a", "lib/firmware/a opt/fw/a", []string{"/../../opt/fw"}, "a=opt/fw/a", ""},
		{"the root", "a", "a", []string{"/"}, "a=a", ""},
		{"no directories", "a", "lib/firmware/a", []string{}, "", "a"},
		{"the name of a directory", "d", "lib/firmware/d/a", nil, "", "d"},
		{"not clean", "./a d//b", "lib/firmware/a lib/firmware/d/b", nil, "a=lib/firmware/a d/b=lib/firmware/d/b", ""},

		{"pattern", "d/*.bin", "lib/firmware/d/a.bin lib/firmware/d/b.bin.xz lib/firmware/d/c.txt lib/firmware/d/e/f.bin", nil,
			"d/a.bin=lib/firmware/d/a.bin d/b.bin=lib/firmware/d/b.bin.xz", ""},
		{"pattern of directories", "d?/*/x-[0-9].bin", "lib/firmware/d1/e/x-1.bin lib/firmware/d2/f/x-2.bin.zst lib/firmware/d2/x-3.bin lib/firmware/d1/e/x-a.bin", nil,
			"d1/e/x-1.bin=lib/firmware/d1/e/x-1.bin d2/f/x-2.bin=lib/firmware/d2/f/x-2.bin.zst", ""},
		{"pattern with a fixed end", "*/x.bin", "lib/firmware/d/x.bin.xz", nil, "d/x.bin=lib/firmware/d/x.bin.xz", ""},
		{"pattern in several directories", "*", "lib/firmware/a lib/firmware/updates/a lib/firmware/updates/b", nil, "a=lib/firmware/updates/a b=lib/firmware/updates/b", ""},
		{"pattern of nothing", "d/*", "lib/firmware/a", nil, "", "d/*"},
		{"pattern and name", "a* ab", "lib/firmware/ab", nil, "ab=lib/firmware/ab", ""},
		{"no pattern after all", "a[1]", "lib/firmware/a[1] lib/firmware/a1", nil, "a[1]=lib/firmware/a[1]", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for _, name := range strings.Fields(test.files) {
				files[name] = &fstest.MapFile{Data: []byte(name)}
			}
			db := dbtest.Tree(t, firmwareTree(strings.Fields(test.names)...), "", files)
			c, err := closure.Collect(context.Background(), db, &closure.Options{FirmwareDirs: test.dirs}, "b")
			if err != nil {
				t.Fatal(err)
			}
			if got := firmwarePaths(c.Firmware); got != test.want {
				t.Errorf("found %s, want %s", got, test.want)
			}
			if got := firmwareNames(c.MissingFirmware); got != test.missing || len(c.Warnings) > 0 {
				t.Errorf("missing are %s, want %s; %v", got, test.missing, c.Warnings)
			}
			for _, f := range append(c.Firmware, c.MissingFirmware...) {
				if fmt.Sprint(f.Modules) != "[a]" {
					t.Errorf("%s is named by %v", f.Name, f.Modules)
				}
			}
			without, err := closure.Collect(context.Background(), db, &closure.Options{NoFirmware: true}, "b")
			if err != nil || len(without.Firmware)+len(without.MissingFirmware) > 0 {
				t.Errorf("without firmware: %v, %v", without, err)
			}
		})
	}
}

// TestFirmwareDirErrors: a directory that is given and cannot be used is an error,
// unless no firmware is wanted.
func TestFirmwareDirErrors(t *testing.T) {
	files := fstest.MapFS{"lib/firmware/a": {}}
	db := dbtest.Tree(t, firmwareTree("a"), "", files)
	for dir, want := range map[string]string{
		"/lib/firmwear":  "open firmware directory lib/firmwear: file does not exist",
		"lib/firmware/a": "open firmware directory lib/firmware/a: not a directory",
		"../x":           "firmware directory ../x: it lies outside the root",
		"lib/../..":      "firmware directory lib/../..: it lies outside the root",
		"":               "",
	} {
		opts := &closure.Options{FirmwareDirs: []string{"lib/firmware", dir}}
		c, err := closure.Collect(t.Context(), db, opts, "b")
		if want == "" {
			if err != nil {
				t.Errorf("%q: %v", dir, err)
			}
			continue
		}
		if c != nil || err == nil || err.Error() != want || errors.Is(err, fs.ErrNotExist) != strings.HasSuffix(dir, "wear") {
			t.Errorf("%q: %v", dir, err)
		}
		opts.NoFirmware = true
		if _, err := closure.Collect(t.Context(), db, opts, "b"); err != nil {
			t.Errorf("%q, without firmware: %v", dir, err)
		}
	}
}

// TestFirmwareRefused: names that could be files of other directories.
func TestFirmwareRefused(t *testing.T) {
	for name, want := range map[string]string{
		"/etc/passwd":      "it is an absolute path",
		"../../etc/passwd": "it leads out of the firmware directories",
		"a/../b":           "it leads out of the firmware directories",
		"..":               "it leads out of the firmware directories",
		"a/..":             "it leads out of the firmware directories",
		"":                 "it is empty",
		".":                "it is empty",
		"a\nb":             "it has bytes that do not belong in a name",
		`..\a`:             "it has bytes that do not belong in a name",
		"a\x80b":           "it has bytes that do not belong in a name",
	} {
		files := fstest.MapFS{"etc/passwd": {}, "lib/firmware/b": {}, "lib/firmware/a/x": {}}
		c, err := closure.Collect(context.Background(), dbtest.Tree(t, firmwareTree(name), "", files), nil, "a")
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Firmware)+len(c.MissingFirmware) > 0 || warnings(c) != "firmware:a" || !strings.Contains(c.Warnings[0].Text, "is refused: "+want) {
			t.Errorf("%q: %v", name, c)
		}
	}
}

// TestFirmwareLinks: links lead to files within the root, or nowhere.
func TestFirmwareLinks(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := firmwareTree("rel.bin", "abs.bin", "out.bin", "up.bin", "gone.bin", "d*/x.bin").Write(root); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "lib/firmware")
	if err := os.MkdirAll(filepath.Join(dir, "real"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "real/x.bin"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"rel.bin": "real/x.bin", "abs.bin": "/lib/firmware/real/x.bin", "out.bin": outside,
		"up.bin": "../../../" + strings.TrimPrefix(outside, "/"), "gone.bin": "nosuch", "dir": "real",
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	db := dbtest.Open(t, &kmod.Config{Root: root, Release: "6.1.0-test"})
	c, err := closure.Collect(context.Background(), db, nil, "a")
	if err != nil {
		t.Fatal(err)
	}
	if got := firmwareNames(c.Firmware); got != "abs.bin dir/x.bin rel.bin" && got != "dir/x.bin rel.bin" {
		t.Errorf("found %s", got)
	}
	if got := firmwareNames(c.MissingFirmware); !strings.HasSuffix(got, "gone.bin out.bin up.bin") {
		t.Errorf("missing are %s", got)
	}
}

// TestFirmwareBuiltin: built-ins name firmware too.
func TestFirmwareBuiltin(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "in-side", Builtin: true, Fields: []string{"firmware=a", "firmware=b"}}}}
	db := dbtest.Tree(t, tree, "", fstest.MapFS{"lib/firmware/a": {}})
	c, err := closure.Collect(context.Background(), db, nil, "in-side")
	if err != nil || firmwareNames(c.Firmware) != "a" || firmwareNames(c.MissingFirmware) != "b" {
		t.Errorf("got %v, %v", c, err)
	}
}

// TestFirmwareHostile: many patterns for many files.
func TestFirmwareHostile(t *testing.T) {
	files := fstest.MapFS{}
	for i := range 20000 {
		files[fmt.Sprintf("lib/firmware/d/f%d", i)] = &fstest.MapFile{}
	}
	var names []string
	for i := range 2000 {
		names = append(names, fmt.Sprintf("d/*%d*x", i))
	}
	_, err := closure.Collect(context.Background(), dbtest.Tree(t, firmwareTree(names...), "", files), nil, "a")
	if err == nil || !strings.Contains(err.Error(), "too many files and patterns to compare") {
		t.Errorf("got %v", err)
	}
}

// TestFirmwareMemory: neither directories that lead back to themselves nor the names
// that modules give take more memory than a machine has.
func TestFirmwareMemory(t *testing.T) {
	root := t.TempDir()
	if err := firmwareTree("*/*/*/x*").Write(root); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "lib/firmware"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if err := os.Symlink(".", filepath.Join(root, "lib/firmware", fmt.Sprint(strings.Repeat("n", 240), i))); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	_, err := closure.Collect(context.Background(), dbtest.Open(t, &kmod.Config{Root: root, Release: "6.1.0-test"}), nil, "a")
	if err == nil || !strings.Contains(err.Error(), "too many files and patterns to compare") {
		t.Errorf("links: got %v", err)
	}
	tree, names := &kmodtest.Tree{}, []string{}
	for i := range 6 {
		m := kmodtest.Module{Name: fmt.Sprint("m", i)}
		for range 15 {
			m.Fields = append(m.Fields, "firmware="+strings.Repeat("x", 1<<20))
		}
		tree.Modules, names = append(tree.Modules, m), append(names, m.Name)
	}
	_, err = closure.Collect(context.Background(), dbtest.Tree(t, tree, "", nil), nil, names...)
	if err == nil || !strings.Contains(err.Error(), "the modules name too many firmware files") {
		t.Errorf("names: got %v", err)
	}
}

func FuzzFirmware(f *testing.F) {
	f.Add("d/*.bin")
	f.Add("../a")
	f.Add("[a-")
	f.Fuzz(func(t *testing.T, name string) {
		if strings.ContainsRune(name, 0) {
			return // it would end the field
		}
		files := fstest.MapFS{"lib/firmware/d/x.bin": {}, "lib/firmware/a": {}, "lib/a": {}, "etc/a": {}}
		c, err := closure.Collect(context.Background(), dbtest.Tree(t, firmwareTree(name), "", files), nil, "a")
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range c.Firmware {
			if !strings.HasPrefix(found.Path, "lib/firmware/") || strings.Contains(found.Path, "..") {
				t.Errorf("%q found %s", name, found.Path)
			}
		}
		if n := len(c.Firmware) + len(c.MissingFirmware) + len(c.Warnings); n == 0 {
			t.Errorf("%q leaves no trace", name)
		}
	})
}
