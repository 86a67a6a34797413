package openfile

import (
	"errors"
	"io/fs"
	"os"
)

// Flags are the flags for os.OpenFile under which no file blocks.
const Flags = os.O_RDONLY | nonblock

// ErrNotRegular means that a name stands for something else than a regular
// file.
var ErrNotRegular = errors.New("not a regular file")

// Open opens the regular file at that path of the machine. Errors do not name
// it: see Cause.
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

// OpenFS opens a regular file in fsys. A file system that blocks on opening a
// pipe is asked first what the name stands for.
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

// AsFile makes an fs.File of what os.OpenFile returns, without a nil pointer
// becoming an interface that is not nil.
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

// Cause takes the path out of an error of the file system, for callers whose
// own error names it.
func Cause(err error) error {
	if pathErr, ok := err.(*fs.PathError); ok {
		return pathErr.Err
	}
	return err
}
