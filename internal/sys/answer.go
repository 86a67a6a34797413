package sys

import (
	"fmt"
	"syscall"
)

// AnswerText gives the symbol of an error number, in which C programmers and
// kernel logs speak. Its own text would mislead where a kernel answers a call about
// modules: ENOENT is then not a missing file.
func AnswerText(e syscall.Errno) string {
	if name := ErrnoName(e); name != "" {
		return name
	}
	return fmt.Sprintf("errno %d", int(e))
}

// AboutSignature reports whether an answer of the kernel is about signatures.
func AboutSignature(e syscall.Errno) bool {
	switch e {
	case KeyRejected, NoKey, BadMessage, NoPackage:
		return true
	}
	return false
}
