package openfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// ErrNotDir means that a name stands for something else than a directory.
var ErrNotDir = errors.New("not a directory")

// ReadDir is fs.ReadDir for a directory of at most limit entries, in no particular
// order. What is not a directory is not opened. Errors do not name it.
func ReadDir(fsys fs.FS, name string, limit int) ([]fs.DirEntry, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, Cause(err)
	}
	if !info.IsDir() {
		return nil, ErrNotDir
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, Cause(err)
	}
	defer f.Close()
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, ErrNotDir
	}
	var entries []fs.DirEntry
	for len(entries) <= limit {
		some, err := dir.ReadDir(1024)
		entries = append(entries, some...)
		if err == io.EOF {
			return entries, nil
		}
		if err != nil {
			return nil, Cause(err)
		}
	}
	return nil, fmt.Errorf("the directory has more than %d entries", limit)
}
