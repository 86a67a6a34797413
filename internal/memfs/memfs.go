// Package memfs is a file system whose files are in memory, or in a source that
// is asked when they are opened.
package memfs

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
)

// FS is a tree of files. It is safe for concurrent use once complete.
type FS struct {
	files map[string]File
	dirs  map[string][]string // the names in each directory, sorted
}

// File is a file of the tree, in memory or elsewhere.
type File struct {
	Data   []byte
	Source Source // nil for a file in memory
}

// Source provides the content of a file.
type Source interface {
	// Open opens the file under the given name. The function [Open] makes an open
	// file of bytes in memory.
	Open(name string) (fs.File, error)

	// Size is the file's size. It is only called for files that are not opened.
	Size() (int64, error)
}

// New makes an empty tree.
func New() *FS {
	return &FS{files: map[string]File{}, dirs: map[string][]string{".": nil}}
}

// ErrTaken means that another file or directory has the name.
var ErrTaken = errors.New("the name is taken")

// Add adds a file and the directories above it. The error is [ErrTaken], or
// fs.ErrInvalid for an invalid name.
func (f *FS) Add(name string, file File) error {
	if !fs.ValidPath(name) {
		return fs.ErrInvalid
	}
	if f.taken(name) {
		return ErrTaken
	}
	if err := f.AddDir(path.Dir(name)); err != nil {
		return err
	}
	f.files[name] = file
	f.enter(name)
	return nil
}

func (f *FS) taken(name string) bool {
	_, isFile := f.files[name]
	_, isDir := f.dirs[name]
	return isFile || isDir
}

// AddDir adds a directory and those above it. It may exist already.
func (f *FS) AddDir(dir string) error {
	if !fs.ValidPath(dir) {
		return fs.ErrInvalid
	}
	if _, known := f.dirs[dir]; known {
		return nil
	}
	if f.taken(dir) {
		return ErrTaken
	}
	if err := f.AddDir(path.Dir(dir)); err != nil {
		return err
	}
	f.dirs[dir] = nil
	f.enter(dir)
	return nil
}

// enter lists a name in its directory.
func (f *FS) enter(name string) {
	dir, base := path.Split(name)
	dir = path.Clean(dir)
	at, _ := slices.BinarySearch(f.dirs[dir], base)
	f.dirs[dir] = slices.Insert(f.dirs[dir], at, base)
}

// Remove removes a file, if there is one of that name.
func (f *FS) Remove(name string) {
	if _, ok := f.files[name]; !ok {
		return
	}
	delete(f.files, name)
	dir := path.Dir(name)
	at, _ := slices.BinarySearch(f.dirs[dir], path.Base(name))
	f.dirs[dir] = slices.Delete(f.dirs[dir], at, at+1)
}

// File returns a file.
func (f *FS) File(name string) (file File, ok bool) {
	file, ok = f.files[name]
	return file, ok
}

// Files returns the names of all files, in order.
func (f *FS) Files() []string { return slices.Sorted(maps.Keys(f.files)) }

// Dirs returns the names of all directories, in order; the first is ".".
func (f *FS) Dirs() []string { return slices.Sorted(maps.Keys(f.dirs)) }

// Open implements fs.FS.
func (f *FS) Open(name string) (fs.File, error) {
	if names, ok := f.dirs[name]; ok {
		return &openDir{info: dirInfo(name), fsys: f, dir: name, names: names}, nil
	}
	file, ok := f.files[name]
	switch {
	case !fs.ValidPath(name):
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	case !ok:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case file.Source != nil:
		return file.Source.Open(path.Base(name))
	}
	return Open(path.Base(name), file.Data), nil
}

// OpensNonblocking implements openfile.Nonblocking.
func (*FS) OpensNonblocking() {}

// Stat implements fs.StatFS.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	if _, ok := f.dirs[name]; ok {
		return dirInfo(name), nil
	}
	file, ok := f.files[name]
	if !ok {
		_, err := f.Open(name)
		return nil, err
	}
	size, err := int64(len(file.Data)), error(nil)
	if file.Source != nil {
		size, err = file.Source.Size()
	}
	return Info(path.Base(name), size), err
}
