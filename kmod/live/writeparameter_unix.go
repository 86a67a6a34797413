//go:build unix

package live

import (
	"os"
	"syscall"

	"github.com/gokmod/gokmod/internal/openfile"
)

// writeAtOnce writes to a regular file with one write(2). Unlike os.File it neither
// waits nor retries: to the module each write is a value of its own, and EAGAIN may
// be its answer.
func writeAtOnce(f *os.File, data []byte) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return openfile.ErrNotRegular
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var writeErr error
	err = conn.Write(func(fd uintptr) bool {
		_, writeErr = syscall.Write(int(fd), data)
		for writeErr == syscall.EINTR {
			_, writeErr = syscall.Write(int(fd), data)
		}
		return true
	})
	if writeErr != nil {
		return writeErr
	}
	return err
}
