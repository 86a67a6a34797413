package sys

import "syscall"

// Answers of the kernel's signature check that not every system knows.
const (
	KeyRejected = syscall.EKEYREJECTED
	TextBusy    = syscall.ETXTBSY
	NoKey       = syscall.ENOKEY
	BadMessage  = syscall.EBADMSG
	NoPackage   = syscall.ENOPKG
)
