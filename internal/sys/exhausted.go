package sys

import (
	"errors"
	"syscall"
)

// Exhausted reports whether an error means that the process or the system is
// out of descriptors (EMFILE, ENFILE) or memory (ENOMEM). Such an error says
// nothing about the file.
func Exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}
