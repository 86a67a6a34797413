//go:build !gokmod_portable

package sys

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// OpenAt opens a name as a process with the working directory dir resolves it:
// openat(2), which follows symbolic links anywhere.
func OpenAt(dir *os.File, name string, flags int) (*File, error) {
	var fd int
	err := withDescriptor(dir, func(at int) (err error) {
		fd, err = openat(at, name, flags)
		return err
	})
	if err != nil {
		return nil, &os.PathError{Op: "openat", Path: name, Err: err}
	}
	return &File{fd: fd, name: pathAt(dir, name)}, nil
}

// StatAt describes the file of a name as a process with the working directory dir
// resolves it, without opening it: a device notices nothing.
func StatAt(dir *os.File, name string) (fs.FileInfo, error) {
	return identify(OpenAt(dir, name, Look))
}

// identify describes a file that was opened for that, as os.SameFile needs it, and closes
// it.
func identify(f *File, err error) (fs.FileInfo, error) {
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Standard().Stat()
}

// ModeAt returns the type of the file of a name as a process with the working
// directory dir resolves it, fstatat(2): a regular file, a directory, or neither.
func ModeAt(dir *os.File, name string) (fs.FileMode, error) {
	var mode fs.FileMode
	err := withDescriptor(dir, func(at int) (err error) {
		mode, err = modeAt(at, name)
		return err
	})
	return mode, err
}

// ModeOf is ModeAt for a path of the machine.
func ModeOf(path string) (fs.FileMode, error) { return modeAt(unix.AT_FDCWD, path) }

func modeAt(at int, name string) (fs.FileMode, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstatat(at, name, &st, 0) })
	if err != nil {
		return 0, &os.PathError{Op: "fstatat", Path: name, Err: err}
	}
	return typeIn(st.Mode), nil
}

// typeIn returns the type in the mode of an inode, of which there are three.
func typeIn(mode uint32) fs.FileMode {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return 0
	case unix.S_IFDIR:
		return fs.ModeDir
	}
	return fs.ModeIrregular
}

// ReadLinkAt reads a symbolic link, whose name is resolved as by a process with
// the working directory dir, readlinkat(2). It reports false if the name is not
// a link.
func ReadLinkAt(dir *os.File, name string) (text string, isLink bool, err error) {
	buf := make([]byte, unix.PathMax)
	var n int
	err = withDescriptor(dir, func(at int) error {
		return retry(func() (err error) {
			n, err = unix.Readlinkat(at, name, buf)
			return err
		})
	})
	switch {
	case errors.Is(err, unix.EINVAL):
		return "", false, nil
	case err != nil:
		return "", false, &os.PathError{Op: "readlinkat", Path: name, Err: err}
	case n == len(buf):
		return "", false, &os.PathError{Op: "readlinkat", Path: name, Err: unix.ENAMETOOLONG}
	}
	return string(buf[:n]), true, nil
}
