package kmod

import "syscall"

// Answers of the kernel's signature check that not every system knows.
const (
	errnoKeyRejected = syscall.EKEYREJECTED
	errnoNoKey       = syscall.ENOKEY
	errnoBadMessage  = syscall.EBADMSG
	errnoNoPackage   = syscall.ENOPKG
)
