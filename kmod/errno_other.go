//go:build !linux

package kmod

import "syscall"

// Answers of the kernel's signature check, by their usual Linux numbers: a
// Kernel in memory can give them on any system.
const (
	errnoKeyRejected = syscall.Errno(129)
	errnoNoKey       = syscall.Errno(126)
	errnoBadMessage  = syscall.Errno(74)
	errnoNoPackage   = syscall.Errno(65)
)
