//go:build !gokmod_portable

package sys

import (
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// File is an open file without anything around its descriptor: to open an os.File
// takes two calls more, and for a regular file both are in vain. Unlike that, it is
// not closed when it is forgotten, and must not be in use when it is closed.
type File struct {
	fd   int // -1 when closed
	name string
	std  *os.File // that has the descriptor too, or nil
}

// Open opens a path of the machine.
func Open(path string, flags int) (*File, error) {
	fd, err := openat(unix.AT_FDCWD, path, flags)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return &File{fd: fd, name: path}, nil
}

func openat(at int, name string, flags int) (fd int, err error) {
	if flags&unix.O_PATH == 0 {
		flags |= unix.O_LARGEFILE
	}
	err = retry(func() (err error) {
		fd, err = unix.Openat(at, name, flags|unix.O_CLOEXEC, 0)
		return err
	})
	return fd, err
}

// Standard returns the same open file as an os.File. Whoever closes that must not use
// the File any more.
func (f *File) Standard() *os.File {
	if f.std == nil {
		f.std = os.NewFile(uintptr(f.fd), f.name)
	}
	return f.std
}

func (f *File) descriptor() int { return f.fd }

// Name returns the path that was opened.
func (f *File) Name() string { return f.name }

// Read implements io.Reader.
func (f *File) Read(b []byte) (int, error) {
	return f.read(b, func() (int, error) { return unix.Read(f.fd, b) })
}

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) && err == nil {
		var got int
		rest := b[n:]
		got, err = f.read(rest, func() (int, error) { return unix.Pread(f.fd, rest, off+int64(n)) })
		n += got
	}
	return n, err
}

// read is one call that reads.
func (f *File) read(b []byte, call func() (int, error)) (n int, err error) {
	if len(b) == 0 {
		return 0, nil
	}
	err = retry(func() (err error) {
		n, err = call()
		return err
	})
	switch {
	case err != nil:
		return 0, &os.PathError{Op: "read", Path: f.name, Err: f.closed(err)}
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// closed makes the error of a file that has been closed the usual one.
func (f *File) closed(err error) error {
	if f.fd < 0 {
		return os.ErrClosed
	}
	return err
}

// Close closes the file.
func (f *File) Close() error {
	fd := f.fd
	f.fd = -1
	if f.std != nil {
		return f.std.Close()
	}
	if fd < 0 {
		return &os.PathError{Op: "close", Path: f.name, Err: os.ErrClosed}
	}
	unix.Close(fd) // of a file that was only read
	return nil
}

// Stat describes the file. The description has no identity that os.SameFile knows.
func (f *File) Stat() (fs.FileInfo, error) {
	info := &fileInfo{name: path.Base(f.name)}
	if err := retry(func() error { return syscall.Fstat(f.fd, &info.st) }); err != nil {
		return nil, &os.PathError{Op: "stat", Path: f.name, Err: f.closed(err)}
	}
	return info, nil
}

// fileInfo describes an open file.
type fileInfo struct {
	name string
	st   syscall.Stat_t
}

func (i *fileInfo) Name() string       { return i.name }
func (i *fileInfo) Size() int64        { return i.st.Size }
func (i *fileInfo) ModTime() time.Time { return time.Unix(i.st.Mtim.Unix()) }
func (i *fileInfo) IsDir() bool        { return i.Mode().IsDir() }
func (i *fileInfo) Sys() any           { return &i.st }

// Mode implements fs.FileInfo, as package os has it.
func (i *fileInfo) Mode() fs.FileMode {
	mode := fs.FileMode(i.st.Mode).Perm()
	switch i.st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	case unix.S_IFIFO:
		mode |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		mode |= fs.ModeSocket
	case unix.S_IFBLK:
		mode |= fs.ModeDevice
	case unix.S_IFCHR:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	}
	for _, b := range [...]struct {
		bit  uint32
		mode fs.FileMode
	}{{unix.S_ISUID, fs.ModeSetuid}, {unix.S_ISGID, fs.ModeSetgid}, {unix.S_ISVTX, fs.ModeSticky}} {
		if i.st.Mode&b.bit != 0 {
			mode |= b.mode
		}
	}
	return mode
}
