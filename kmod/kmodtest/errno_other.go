//go:build !linux

package kmodtest

import "syscall"

// errnoKeyRejected is EKEYREJECTED by its usual number on Linux.
const errnoKeyRejected = syscall.Errno(129)
