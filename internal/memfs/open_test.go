package memfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"testing"
	"time"
)

// named is a source that records the name it is opened by.
type named struct{ names *[]string }

func (n named) Open(name string) (fs.File, error) {
	*n.names = append(*n.names, name)
	return Open(name, []byte("12345")), nil
}
func (n named) Size() (int64, error) { return 5, nil }

// sample is a tree with a file in memory, one from a source and an empty directory.
func sample(t *testing.T) (f *FS, opened *[]string) {
	t.Helper()
	f, opened = New(), new([]string)
	err := errors.Join(f.Add("top/x", File{Data: []byte("abc")}), f.Add("top/deep/y", File{Source: named{opened}}),
		f.AddDir("top/empty"), f.Add("z", File{}), f.AddDir("top/deep"))
	if err != nil {
		t.Fatal(err)
	}
	return f, opened
}

// TestInfo: every way to ask gives the same information about files and
// directories.
func TestInfo(t *testing.T) {
	f, opened := sample(t)
	for name, want := range map[string]string{
		".":          ". 0 drwxr-xr-x true",
		"top":        "top 0 drwxr-xr-x true",
		"top/empty":  "empty 0 drwxr-xr-x true",
		"top/x":      "x 3 -rw-r--r-- false",
		"top/deep/y": "y 5 -rw-r--r-- false",
		"z":          "z 0 -rw-r--r-- false",
	} {
		stat, err := f.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(*opened) > 0 {
			t.Errorf("%s was opened for its size", name)
		}
		open, err := f.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		*opened = nil
		byOpen, err := open.Stat()
		if err != nil || open.Close() != nil {
			t.Fatal(err)
		}
		for _, i := range []fs.FileInfo{stat, byOpen} {
			if got := fmt.Sprint(i.Name(), " ", i.Size(), " ", i.Mode(), " ", i.IsDir()); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
			if !i.ModTime().Equal(time.Time{}) || i.Sys() != nil {
				t.Errorf("%s has time %v, %v", name, i.ModTime(), i.Sys())
			}
		}
	}
	if _, err := f.Open("top/deep/y"); err != nil || !slices.Equal(*opened, []string{"y"}) {
		t.Errorf("the source was opened as %q: %v", *opened, err)
	}
}

// TestNoSuchFile: an invalid name gives another error than a name that does not
// exist.
func TestNoSuchFile(t *testing.T) {
	f, _ := sample(t)
	for name, want := range map[string]error{
		"nothing": fs.ErrNotExist, "top/x/y": fs.ErrNotExist, "top/nothing": fs.ErrNotExist,
		"": fs.ErrInvalid, "/": fs.ErrInvalid, "top/": fs.ErrInvalid, "./z": fs.ErrInvalid, "../z": fs.ErrInvalid,
	} {
		_, err := f.Open(name)
		_, statErr := f.Stat(name)
		for _, err := range []error{err, statErr} {
			var path *fs.PathError
			if !errors.As(err, &path) || path.Op != "open" || path.Path != name || path.Err != want {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
	if _, ok := f.File("top"); ok {
		t.Error("a directory is a file")
	}
	if file, ok := f.File("top/x"); !ok || string(file.Data) != "abc" {
		t.Errorf("%v, %v", file, ok)
	}
}

// list returns the entries in their string form, and the error at the end.
func list(t *testing.T, dir fs.File, n int) (all []string, err error) {
	t.Helper()
	entries, err := dir.(fs.ReadDirFile).ReadDir(n)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Name() != e.Name() || info.IsDir() != e.IsDir() || info.Mode().Type() != e.Type() {
			t.Errorf("%s: %v, %v", e.Name(), info, err)
		}
		all = append(all, fmt.Sprint(e))
	}
	return all, err
}

// TestReadDir: entries are in order, all at once or a few at a time.
func TestReadDir(t *testing.T) {
	f, _ := sample(t)
	open := func(name string) fs.File {
		dir, err := f.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for name, want := range map[string][]string{
		".": {"d top/", "- z"}, "top": {"d deep/", "d empty/", "- x"}, "top/empty": nil, "top/deep": {"- y"},
	} {
		for _, n := range []int{-1, 0} {
			dir := open(name)
			if got, err := list(t, dir, n); !slices.Equal(got, want) || err != nil {
				t.Errorf("%s has %q, %v", name, got, err)
			}
			if got, err := list(t, dir, n); len(got) > 0 || err != nil {
				t.Errorf("%s, the second time: %q, %v", name, got, err)
			}
			if got, err := list(t, dir, 1); len(got) > 0 || err != io.EOF {
				t.Errorf("%s, one more: %q, %v", name, got, err)
			}
		}
	}
	dir := open("top")
	for _, want := range []string{"[d deep/ d empty/] <nil>", "[- x] <nil>", "[] EOF"} {
		got, err := list(t, dir, 2)
		if fmt.Sprint(got, err) != want {
			t.Errorf("two at a time: %q, %v, want %s", got, err, want)
		}
	}
	if _, err := dir.Read(nil); !errors.As(err, new(*fs.PathError)) {
		t.Errorf("read a directory: %v", err)
	}
}

// TestAddAbove: a refused file changes nothing.
func TestAddAbove(t *testing.T) {
	f, _ := sample(t)
	files, dirs := f.Files(), f.Dirs()
	for name, want := range map[string]error{
		"top/x/y": ErrTaken, "top/x/y/z": ErrTaken, "top/x": ErrTaken, "top": ErrTaken,
		"": fs.ErrInvalid, "a/../b": fs.ErrInvalid,
	} {
		if err := f.Add(name, File{}); err != want {
			t.Errorf("add %q: %v", name, err)
		}
	}
	for name, want := range map[string]error{
		"top/x": ErrTaken, "top/x/y": ErrTaken, "top": nil, ".": nil, "/": fs.ErrInvalid, "a//b": fs.ErrInvalid,
	} {
		if err := f.AddDir(name); err != want {
			t.Errorf("add the directory %q: %v", name, err)
		}
	}
	if !slices.Equal(f.Files(), files) || !slices.Equal(f.Dirs(), dirs) {
		t.Errorf("there are %q, %q", f.Files(), f.Dirs())
	}
	if got, _ := fs.ReadDir(f, "top"); len(got) != 3 {
		t.Errorf("top has %v", got)
	}
}
