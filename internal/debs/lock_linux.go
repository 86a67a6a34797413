package debs

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes the lock of an open file for this process, or reports that
// another has it. The lock ends when the file is closed.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
