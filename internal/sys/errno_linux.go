package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrnoName returns the symbol of an error number, such as "ENOENT", and "" if
// it has none.
func ErrnoName(e syscall.Errno) string { return unix.ErrnoName(e) }
