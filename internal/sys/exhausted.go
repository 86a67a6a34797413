package sys

import (
	"errors"
	"syscall"
)

// Exhausted reports whether an error says that the process or the system has no
// more descriptors (EMFILE, ENFILE) or memory (ENOMEM). It tells nothing of the
// file.
func Exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}
