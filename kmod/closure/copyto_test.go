package closure_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
)

func imageClosure(t *testing.T) *closure.Closure {
	t.Helper()
	c, err := closure.Collect(context.Background(), imageTree(t), nil, "top")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCopyTo(t *testing.T) {
	c := imageClosure(t)
	for _, opts := range []*closure.TreeOptions{nil, {Uncompressed: true}} {
		dir := filepath.Join(t.TempDir(), "new/image")
		if err := c.CopyTo(context.Background(), dir, opts); err != nil {
			t.Fatal(err)
		}
		image, err := c.FS(context.Background(), opts)
		if err != nil {
			t.Fatal(err)
		}
		checkSameTree(t, image, os.DirFS(dir))
		err = c.CopyTo(context.Background(), dir, opts)
		if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "lib/modules/6.1.0-test") {
			t.Errorf("the second time: %v", err)
		}
		checkSameTree(t, image, os.DirFS(dir))
	}
}

// checkSameTree compares names and contents.
func checkSameTree(t *testing.T, a, b fs.FS) {
	t.Helper()
	names := fileNames(t, a)
	if got := fileNames(t, b); !slices.Equal(got, names) {
		t.Fatalf("files are %v, want %v", got, names)
	}
	for _, name := range names {
		x, err := fs.ReadFile(a, name)
		if err != nil {
			t.Fatal(err)
		}
		y, err := fs.ReadFile(b, name)
		if err != nil || string(x) != string(y) {
			t.Errorf("%s differs: %v", name, err)
		}
		if info, err := fs.Stat(b, name); err != nil || filepath.Separator == '/' && info.Mode() != 0o644 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// TestCopyToKeeps: everything else in the directory stays.
func TestCopyToKeeps(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"lib/modules/other/a.ko", "lib/firmware/mine.bin", "lib/firmware/base.bin", "etc/passwd"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := imageClosure(t).CopyTo(context.Background(), dir, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"lib/modules/other/a.ko": "old", "lib/firmware/mine.bin": "old",
		"lib/firmware/base.bin": "base firmware", "etc/passwd": "old"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(data) != want {
			t.Errorf("%s has %q, %v", name, data, err)
		}
	}
}

// TestCopyToFails: an error leaves no module directory and nothing unfinished.
func TestCopyToFails(t *testing.T) {
	outside := t.TempDir()
	link := func(target, name string) func(dir string) error {
		return func(dir string) error {
			if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
				return err
			}
			return os.Symlink(target, filepath.Join(dir, name))
		}
	}
	tests := map[string]func(dir string) error{
		"lib leads out":        link(outside, "lib"),
		"modules lead out":     link(outside, "lib/modules"),
		"firmware leads out":   link(outside, "lib/firmware"),
		"etc leads up":         link("../../../../../.."+filepath.ToSlash(outside), "etc"),
		"directory for a file": func(dir string) error { return os.MkdirAll(filepath.Join(dir, "lib/firmware/base.bin/x"), 0o755) },
		"file for a directory": func(dir string) error { return os.WriteFile(filepath.Join(dir, "etc"), nil, 0o644) },
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := prepare(dir); err != nil {
				t.Skip("this cannot be prepared: ", err)
			}
			err := imageClosure(t).CopyTo(context.Background(), dir, nil)
			if err == nil || name == "directory for a file" && !errors.Is(err, fs.ErrExist) {
				t.Errorf("the error is %v", err)
			}
			if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
				t.Errorf("outside is %v, %v", entries, err)
			}
			if _, err := os.Stat(filepath.Join(dir, "lib/modules/6.1.0-test")); err == nil {
				t.Error("there is a module directory")
			}
			for _, pattern := range []string{".kmod-*", "etc/modprobe.d/*", "lib/firmware/*.bin/base.bin"} {
				left, err := filepath.Glob(filepath.Join(dir, pattern))
				if err != nil || len(left) > 0 {
					t.Errorf("left are %v", left)
				}
			}
		})
	}
}

// TestCopyToLinks: links in the directory lead where they would in a root.
func TestCopyToLinks(t *testing.T) {
	const modules = "modules/6.1.0-test/modules.dep.bin"
	tests := []struct {
		name  string
		dirs  []string
		links []string // name and target in turn
		want  string   // where a file is then, "" for an error
	}{
		{"usr merged", []string{"usr/lib"}, []string{"lib", "usr/lib"}, "usr/lib/" + modules},
		{"usr merged, absolute", []string{"usr/lib"}, []string{"lib", "/usr/lib"}, "usr/lib/" + modules},
		{"usr merged, by another way", []string{"usr/lib", "etc"}, []string{"lib", "etc/.././usr/lib/"},
			"usr/lib/" + modules},
		{"usr not yet there", nil, []string{"lib", "usr/lib"}, "usr/lib/" + modules},
		{"modules elsewhere", []string{"lib", "srv/new"}, []string{"lib/modules", "/srv/old", "srv/old", "new"},
			"srv/new/6.1.0-test/modules.dep.bin"},
		{"firmware elsewhere", []string{"lib", "srv"}, []string{"lib/firmware", "../srv"}, "srv/base.bin"},
		{"above the root", []string{"usr/lib"}, []string{"lib", "../../usr/lib"}, "usr/lib/" + modules},
		{"nowhere, absolute", nil, []string{"lib", "/usr/lib"}, ""},
		{"nowhere, above the root", nil, []string{"lib", "x/../../usr/lib"}, ""},
		{"nowhere, by two links", []string{"a"}, []string{"lib", "/a/b", "a/b", "c/d"}, ""},
		{"loop", nil, []string{"lib", "lab", "lab", "lib"}, ""},
		{"module directory", []string{"lib/modules", "srv"}, []string{"lib/modules/6.1.0-test", "/srv"}, ""},
	}
	c := imageClosure(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range test.dirs {
				if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			for pair := range slices.Chunk(test.links, 2) {
				if err := os.Symlink(pair[1], filepath.Join(dir, pair[0])); err != nil {
					t.Skip("no symbolic links: ", err)
				}
			}
			err := c.CopyTo(context.Background(), dir, &closure.TreeOptions{Sync: true})
			if (err == nil) != (test.want != "") {
				t.Errorf("got %v", err)
			}
			if test.want != "" {
				if _, err := os.Stat(filepath.Join(dir, test.want)); err != nil {
					t.Error(err)
				}
				return
			}
			if files := fileNames(t, os.DirFS(dir)); len(files) > len(test.links)/2 {
				t.Errorf("after the error there are %v", files)
			}
		})
	}
}

// TestCopyToLinkedFile: a link in the place of a file is replaced, not followed.
func TestCopyToLinkedFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "lib/firmware"), 0o755); err != nil {
		t.Fatal(err)
	}
	mine, link := filepath.Join(dir, "mine"), filepath.Join(dir, "lib/firmware/base.bin")
	if err := os.WriteFile(mine, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/mine", link); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	if err := imageClosure(t).CopyTo(context.Background(), dir, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{mine: "mine", link: "base firmware"} {
		if data, err := os.ReadFile(name); err != nil || string(data) != want {
			t.Errorf("%s has %q, %v", name, data, err)
		}
	}
}

// TestCopyToAfterStop: what an interrupted call left behind is removed, but neither
// what another one is using, nor anything with another kind of name.
func TestCopyToAfterStop(t *testing.T) {
	dir := t.TempDir()
	const left, used, other = ".kmod-0123456789abcdef", ".kmod-0123456789abcdee", ".kmod-0123456789abcdeX"
	for _, name := range []string{left, used, other} {
		if err := os.MkdirAll(filepath.Join(dir, name, "lib/modules"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(filepath.Join(dir, used))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if locked, err := sys.TryLock(f); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no locks here: ", err)
	} else if !locked {
		t.Fatal(err)
	}
	if err := imageClosure(t).CopyTo(context.Background(), dir, nil); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, ".kmod-*"))
	if err != nil || !slices.Equal(found, []string{filepath.Join(dir, other), filepath.Join(dir, used)}) {
		t.Errorf("there are %v, %v", found, err)
	}
	// Also when the call itself has nothing to do.
	if err := os.Mkdir(filepath.Join(dir, left), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := imageClosure(t).CopyTo(context.Background(), dir, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, left)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestCopyToLostFile: a module file vanishes after the closure was made.
func TestCopyToLostFile(t *testing.T) {
	root := t.TempDir()
	if err := dbtest.Wide().Write(root); err != nil {
		t.Fatal(err)
	}
	c, err := closure.Collect(context.Background(), dbtest.Open(t, &kmod.Config{Root: root, Release: "6.1.0-test"}), nil, "top")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(root, "lib/modules/6.1.0-test/kernel/lib/base.ko")); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := c.CopyTo(context.Background(), dir, nil); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "base.ko") {
		t.Errorf("got %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left are %v, %v", entries, err)
	}
}
