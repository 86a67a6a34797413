package sys

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Lock waits until f is not locked by anybody else and locks it, flock(2):
// until f is closed or the process ends in any way. A directory can be locked
// too. Two openings of one file exclude each other, even in one process. If the
// file system does not support locks, the error wraps errors.ErrUnsupported;
// network file systems often cannot lock directories.
func Lock(f *os.File) error {
	return withDescriptor(f, func(fd int) error {
		for {
			// Waiting is not bounded, so neither are interruptions.
			if err := unix.Flock(fd, unix.LOCK_EX); err != unix.EINTR {
				return lockError(f, err)
			}
		}
	})
}

// TryLock is Lock without waiting. It reports false if f is locked already.
func TryLock(f *os.File) (locked bool, err error) {
	err = withDescriptor(f, func(fd int) (err error) {
		for {
			if err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != unix.EINTR {
				break
			}
		}
		locked = err == nil
		if err == unix.EWOULDBLOCK {
			return nil
		}
		return lockError(f, err)
	})
	return locked, err
}

func lockError(f *os.File, err error) error {
	switch err {
	case nil:
		return nil
	case unix.EBADF, unix.EINVAL, unix.ENOLCK, unix.ENOSYS, unix.EOPNOTSUPP:
		err = errors.Join(errors.ErrUnsupported, err)
	}
	return &os.PathError{Op: "flock", Path: f.Name(), Err: err}
}
