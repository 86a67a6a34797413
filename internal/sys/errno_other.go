//go:build !linux

package sys

import "syscall"

// ErrnoName knows no symbols on this system; it returns "".
func ErrnoName(syscall.Errno) string { return "" }
