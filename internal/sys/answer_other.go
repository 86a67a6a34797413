//go:build !linux

package sys

import "syscall"

// Answers of the kernel's signature check, by their usual Linux numbers: a
// kernel in memory can give them on any system.
const (
	KeyRejected = syscall.Errno(129)
	TextBusy    = syscall.Errno(26)
	NoKey       = syscall.Errno(126)
	BadMessage  = syscall.Errno(74)
	NoPackage   = syscall.Errno(65)
)
