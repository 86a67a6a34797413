//go:build !linux

package sys

import "os"

// IsTerminal reports whether a file may be a terminal. On this system every character
// device counts as one.
func IsTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
