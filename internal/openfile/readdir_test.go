package openfile

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

// oddDir says of all names that they are directories, and has one that cannot be
// opened.
type oddDir struct{ fstest.MapFS }

func (d oddDir) Open(name string) (fs.File, error) {
	if name == "locked" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EACCES}
	}
	return d.MapFS.Open(name)
}

func (d oddDir) Stat(string) (fs.FileInfo, error) { return fs.Stat(d.MapFS, ".") }

// TestReadDir: a directory is read to its end, or not at all.
func TestReadDir(t *testing.T) {
	const many = 2500 // more than are read at a time
	files := fstest.MapFS{"file": {}, "few/b": {}, "few/a": {}}
	for i := range many {
		files[fmt.Sprint("many/", i)] = &fstest.MapFile{}
	}
	for _, test := range []struct {
		fsys  fs.FS
		name  string
		limit int
		want  int
		err   string
	}{
		{files, "few", 2, 2, ""}, {files, "many", many, many, ""},
		{files, "many", many - 1, 0, fmt.Sprintf("the directory has more than %d entries", many-1)},
		{files, "many", 1, 0, "the directory has more than 1 entries"},
		{files, "file", 9, 0, ErrNotDir.Error()}, {files, "none", 9, 0, fs.ErrNotExist.Error()},
		{oddDir{files}, "file", 9, 0, ErrNotDir.Error()}, {oddDir{files}, "locked", 9, 0, syscall.EACCES.Error()},
	} {
		entries, err := ReadDir(test.fsys, test.name, test.limit)
		if len(entries) != test.want || err == nil != (test.err == "") || err != nil && err.Error() != test.err {
			t.Errorf("%s of %d: %d entries, %v", test.name, test.limit, len(entries), err)
		}
	}
	entries, err := ReadDir(files, "few", 2)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(got)
	if strings.Join(got, " ") != "a b" || err != nil {
		t.Errorf("entries are %v, %v", got, err)
	}
	if _, err := ReadDir(failingDir{}, ".", 9); !errors.Is(err, syscall.EIO) || strings.Contains(err.Error(), "dir") {
		t.Errorf("error is %v", err)
	}
}

// failingDir is a file system of a directory that cannot be read.
type failingDir struct{ fs.ReadDirFile }

func (d failingDir) Open(string) (fs.File, error) { return d, nil }
func (d failingDir) Stat() (fs.FileInfo, error)   { return fs.Stat(fstest.MapFS{}, ".") }
func (d failingDir) Close() error                 { return nil }
func (d failingDir) ReadDir(int) ([]fs.DirEntry, error) {
	return nil, &fs.PathError{Op: "read", Path: "dir", Err: syscall.EIO}
}
