package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// IsTerminal reports whether a file is a terminal: whether it has what termios(3)
// describes.
func IsTerminal(f *os.File) bool {
	return withDescriptor(f, func(fd int) error {
		_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		return err
	}) == nil
}
