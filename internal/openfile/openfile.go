package openfile

import (
	"errors"
	"io/fs"
	"os"

	"github.com/gokmod/gokmod/internal/sys"
)

// Flags are the flags for os.OpenFile that keep every file from blocking.
const Flags = os.O_RDONLY | nonblock

// ErrNotRegular means that a name refers to something other than a regular
// file.
var ErrNotRegular = errors.New("not a regular file")

// Open opens the regular file at the given path of the machine. Errors do not
// name it: see Cause.
func Open(name string) (*sys.File, fs.FileInfo, error) {
	f, err := sys.Open(name, Flags)
	if err != nil {
		return nil, nil, Cause(err)
	}
	info, err := check(f)
	if err != nil {
		return nil, nil, err
	}
	return f, info, nil
}

// OpenFS opens a regular file in fsys. If the file system would block when
// opening a pipe, the name is examined first.
func OpenFS(fsys fs.FS, name string) (fs.File, fs.FileInfo, error) {
	open := fsys.Open
	if bare, ok := fsys.(Bare); ok {
		open = bare.OpenBare
	} else if _, safe := fsys.(Nonblocking); !safe {
		info, err := fs.Stat(fsys, name)
		if err == nil && !info.Mode().IsRegular() {
			err = ErrNotRegular
		}
		if err != nil {
			return nil, nil, Cause(err)
		}
	}
	f, err := open(name)
	if err != nil {
		return nil, nil, Cause(err)
	}
	info, err := check(f)
	if err != nil {
		return nil, nil, err
	}
	return f, info, nil
}

// Nonblocking is implemented by file systems that open with Flags.
type Nonblocking interface{ OpensNonblocking() }

// Bare is implemented by file systems of this machine, which open with Flags. What
// OpenBare returns costs less than what Open does, and is used by one goroutine at a
// time: a *sys.File, or an *os.File.
type Bare interface {
	Nonblocking
	OpenBare(name string) (fs.File, error)
}

// Standard returns a file that OpenFS opened as an os.File, nil for one that is not of
// this machine.
func Standard(f fs.File) *os.File {
	switch f := f.(type) {
	case *sys.File:
		return f.Standard()
	case *os.File:
		return f
	}
	return nil
}

// check closes a file that is not regular.
func check(f fs.File) (fs.FileInfo, error) {
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = ErrNotRegular
	}
	if err != nil {
		f.Close()
		return nil, Cause(err)
	}
	return info, nil
}

// Cause strips the path from an error of the file system, for callers whose own
// error names it.
func Cause(err error) error {
	if pathErr, ok := err.(*fs.PathError); ok {
		return pathErr.Err
	}
	return err
}
