package openfile

import (
	"errors"
	"io/fs"
	"os"
)

// Flags are the flags for os.OpenFile that keep every file from blocking.
const Flags = os.O_RDONLY | nonblock

// ErrNotRegular means that a name refers to something other than a regular
// file.
var ErrNotRegular = errors.New("not a regular file")

// Open opens the regular file at the given path of the machine. Errors do not
// name it: see Cause.
func Open(name string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(name, Flags, 0)
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
	if _, safe := fsys.(Nonblocking); !safe {
		info, err := fs.Stat(fsys, name)
		if err == nil && !info.Mode().IsRegular() {
			err = ErrNotRegular
		}
		if err != nil {
			return nil, nil, Cause(err)
		}
	}
	f, err := fsys.Open(name)
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

// AsFile converts the results of os.OpenFile, without turning a nil pointer
// into an interface that is not nil.
func AsFile(f *os.File, err error) (fs.File, error) {
	if err != nil {
		return nil, err
	}
	return f, nil
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
