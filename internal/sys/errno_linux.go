package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrnoName returns the symbol of an error number, such as "ENOENT", and ""
// for one without.
func ErrnoName(e syscall.Errno) string { return unix.ErrnoName(e) }
