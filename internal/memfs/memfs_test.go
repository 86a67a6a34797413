package memfs

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
)

// elsewhere is a source with its content in memory.
type elsewhere string

func (e elsewhere) Open(name string) (fs.File, error) { return Open(name, []byte(e)), nil }
func (e elsewhere) Size() (int64, error)              { return int64(len(e)), nil }

// gone is a source that no longer exists.
type gone struct{}

func (gone) Open(string) (fs.File, error) { return nil, fs.ErrNotExist }
func (gone) Size() (int64, error)         { return 0, fs.ErrNotExist }

func TestFS(t *testing.T) {
	f := New()
	for name, file := range map[string]File{
		"a/b/c": {Data: []byte("text")}, "a/d": {Source: elsewhere("more text")}, "e": {},
	} {
		if err := f.Add(name, file); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.AddDir("empty"); err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(f, "a/b/c", "a/d", "e", "empty"); err != nil {
		t.Error(err)
	}
	if got := f.Files(); !slices.Equal(got, []string{"a/b/c", "a/d", "e"}) {
		t.Errorf("files %q", got)
	}
	if got := f.Dirs(); !slices.Equal(got, []string{".", "a", "a/b", "empty"}) {
		t.Errorf("directories %q", got)
	}
	if info, err := fs.Stat(f, "a/d"); err != nil || info.Size() != 9 || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestAddRefused(t *testing.T) {
	f := New()
	if err := errors.Join(f.Add("a/b", File{}), f.Add("gone", File{Source: gone{}})); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		"a/b": ErrTaken, "a": ErrTaken, "a/b/c": ErrTaken, ".": ErrTaken, "../x": fs.ErrInvalid, "/x": fs.ErrInvalid, "": fs.ErrInvalid,
	} {
		if err := f.Add(name, File{}); !errors.Is(err, want) {
			t.Errorf("%q gives %v", name, err)
		}
	}
	if err := f.AddDir("a/b"); !errors.Is(err, ErrTaken) {
		t.Errorf("a directory in place of a file: %v", err)
	}
	if _, err := fs.Stat(f, "gone"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no source: %v", err)
	}
	if _, err := f.Open("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	dir, err := f.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(dir); err == nil {
		t.Error("a directory can be read like a file")
	}
}

func TestRemove(t *testing.T) {
	f := New()
	if err := errors.Join(f.Add("a/b", File{}), f.Add("a/c", File{}), f.Add("d", File{})); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a/b", "a", "nothing", "../d"} {
		f.Remove(name)
	}
	if err := fstest.TestFS(f, "a/c", "d"); err != nil {
		t.Error(err)
	}
	if got := f.Files(); !slices.Equal(got, []string{"a/c", "d"}) {
		t.Errorf("left are %q", got)
	}
	if err := f.Add("a/b", File{}); err != nil {
		t.Error(err)
	}
}
