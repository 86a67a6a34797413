package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"
)

// TestWriteDir opens directories for writing: never outside, whatever the tree may
// read there.
func TestWriteDir(t *testing.T) {
	root := layout{
		"root/usr/lib/file": "in", "root/lib": "-> /usr/lib", "root/up": "-> ../../../usr/lib", "root/loop": "-> loop",
		"root/abs": "-> @/out", "root/climb": "-> ../out", "root/gone": "-> /none", "root/near": "-> none",
		"root/self": "-> /self", "root/usr/here": "-> .", "out/dir/file": "out",
	}.write(t)
	for _, test := range []struct {
		name string
		dir  string // below root
		err  error
	}{
		{"usr/lib", "usr/lib", nil}, {"lib", "usr/lib", nil}, {"up", "usr/lib", nil},
		{"usr/here/lib", "usr/lib", nil}, {".", ".", nil},
		{"abs", "", ErrOutside}, {"abs/dir", "", ErrOutside}, {"climb", "", ErrOutside}, {"climb/none", "", ErrOutside},
		{"gone", "", ErrOutside}, {"gone/dir", "", ErrOutside}, {"self", "", ErrOutside},
		{"near", "", fs.ErrNotExist}, {"none", "", fs.ErrNotExist}, {"../out", "", ErrOutside},
	} {
		for _, hostLinks := range []bool{false, true} {
			for form, tree := range forms(t, root, hostLinks) {
				dir, err := tree.OpenDir(test.name)
				if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
					t.Errorf("%s, host links %v, %s: %v, want %v", test.name, hostLinks, form, err, test.err)
				}
				if dir != nil {
					sameDir(t, dir, filepath.Join(root, test.dir))
				}
			}
		}
	}
	for _, name := range []string{"loop", "usr/lib/file"} {
		if dir, err := forms(t, root, true)["openat2"].OpenDir(name); err == nil || errors.Is(err, ErrOutside) {
			t.Errorf("%s: %v, %v", name, dir, err)
		}
	}
}

// TestPlaceIn: a missing directory has a place, but not behind links that may be
// meant for another root.
func TestPlaceIn(t *testing.T) {
	dir := layout{
		"root/usr/lib/file": "in", "root/lib": "-> /usr/lib", "root/near": "-> new/lib", "root/far": "-> /new/lib",
		"root/up": "-> ../new", "root/by": "-> far/x", "root/back": "-> x/../near", "root/loop": "-> loop",
	}.write(t)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, test := range []struct {
		name, want string
		err        error
	}{
		{".", ".", nil}, {"", ".", nil}, {"lib/modules/6.1", "usr/lib/modules/6.1", nil}, {"a/b/", "a/b", nil},
		{"near/x", "new/lib/x", nil}, {"back/x", "new/lib/x", nil}, {"far", "", fs.ErrNotExist},
		{"far/x", "", fs.ErrNotExist}, {"up/x", "", fs.ErrNotExist}, {"by", "", fs.ErrNotExist},
		{"loop/x", "", syscall.ELOOP}, {"usr/lib/file/x", "", syscall.ENOTDIR},
	} {
		got, err := PlaceIn(root, test.name)
		if got != test.want || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
			t.Errorf("%s is %s, %v, want %s, %v", test.name, got, err, test.want, test.err)
		}
	}
}

// sameDir checks that a directory is the one at a path.
func sameDir(t *testing.T, dir *os.Root, path string) {
	t.Helper()
	defer dir.Close()
	got, err := dir.Stat(".")
	want, statErr := os.Stat(path)
	if err := errors.Join(err, statErr); err != nil || !os.SameFile(got, want) {
		t.Errorf("%s is not %s: %v", dir.Name(), path, err)
	}
}

// TestMakeDir makes directories behind links, but not outside.
func TestMakeDir(t *testing.T) {
	root := layout{
		"root/usr/lib/file": "in", "root/lib": "-> /usr/lib", "root/abs": "-> @/out",
		"root/gone": "-> /gone", "out/file": "out",
	}.write(t)
	tree := forms(t, root, false)["openat2"]
	for range 2 {
		dir, err := tree.MakeDir("lib/modules/v")
		if err != nil {
			t.Fatal(err)
		}
		sameDir(t, dir, filepath.Join(root, "usr/lib/modules/v"))
	}
	for name, want := range map[string]error{
		"abs/modules": ErrOutside, "gone/modules": ErrOutside, "gone": ErrOutside, "lib/file/x": nil, "lib/file": nil,
	} {
		if dir, err := tree.MakeDir(name); err == nil || !errors.Is(err, want) && want != nil {
			t.Errorf("%s: %v, %v, want %v", name, dir, err, want)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(root) + "/out"); len(entries) != 1 {
		t.Errorf("outside there is %v, %v", entries, err)
	}
}

// TestWriteDirKinds: the machine's own tree has no outside, and an fs.FS cannot be
// written.
func TestWriteDirKinds(t *testing.T) {
	dir := t.TempDir()
	host, err := Open("/", true)
	if err != nil {
		t.Fatal(err)
	}
	made, err := host.MakeDir(filepath.ToSlash(dir)[1:] + "/a/b")
	if err != nil {
		t.Fatal(err)
	}
	sameDir(t, made, dir+"/a/b")
	if dir, err := New(fstest.MapFS{}).MakeDir("a"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v, %v", dir, err)
	}
}
