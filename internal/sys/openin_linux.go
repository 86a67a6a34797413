//go:build !gokmod_portable

package sys

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// openInTries bounds how often an open is repeated because directories were
// renamed meanwhile.
const openInTries = 32

// Look is the flag of an open that only finds out what a name refers to: the
// file itself is not opened, so a device notices nothing.
const Look = unix.O_PATH

// OpenIn opens a file below dir, which stands for "/": neither ".." nor symbolic
// links, absolute ones included, lead out of it; openat2(2) with
// RESOLVE_IN_ROOT. Without follow, a symbolic link anywhere in the name is
// ELOOP. If the kernel, or a filter of system calls, does not know the call, the
// error wraps errors.ErrUnsupported.
func OpenIn(dir *os.File, name string, flags int, follow bool) (*File, error) {
	how := unix.OpenHow{
		Flags:   uint64(flags) | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	}
	if flags&unix.O_PATH == 0 {
		how.Flags |= unix.O_LARGEFILE
	}
	if !follow {
		how.Resolve |= unix.RESOLVE_NO_SYMLINKS
	}
	fd, err := openat2(dir, name, &how)
	switch {
	case err == nil:
		return &File{fd: fd, name: filepath.Join(dir.Name(), name)}, nil
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM), errors.Is(err, unix.E2BIG):
		return nil, errors.Join(errors.ErrUnsupported, err)
	}
	return nil, &os.PathError{Op: "openat2", Path: name, Err: err}
}

// StatIn describes a file below dir, as OpenIn finds it, without opening it.
func StatIn(dir *os.File, name string, follow bool) (fs.FileInfo, error) {
	return identify(OpenIn(dir, name, Look, follow))
}

// ModeIn returns the type of a file below dir, as OpenIn finds it, without opening it: a
// regular file, a directory, or neither.
func ModeIn(dir *os.File, name string, follow bool) (fs.FileMode, error) {
	f, err := OpenIn(dir, name, Look, follow)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var st unix.Stat_t
	if err := retry(func() error { return unix.Fstat(f.fd, &st) }); err != nil {
		return 0, &os.PathError{Op: "fstat", Path: name, Err: err}
	}
	return typeIn(st.Mode), nil
}

func openat2(dir *os.File, name string, how *unix.OpenHow) (opened int, err error) {
	err = withDescriptor(dir, func(at int) (err error) {
		for range openInTries {
			opened, err = unix.Openat2(at, name, how)
			if err != unix.EINTR && err != unix.EAGAIN {
				break
			}
		}
		return err
	})
	return opened, err
}
