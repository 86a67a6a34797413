package sys

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Lock waits until nobody else has f locked and locks it, flock(2): until f is
// closed or the process ends in whatever way. A folder can be locked too. Two
// openings of one file lock each other out, in one process as well. Where the
// file system cannot do it the error wraps errors.ErrUnsupported; network file
// systems often cannot lock folders.
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

// TryLock is Lock without waiting. It reports false where somebody else has f
// locked.
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
