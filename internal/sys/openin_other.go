//go:build !linux || gokmod_portable

package sys

import (
	"io/fs"
	"os"
)

// Look is the flag of an open that only finds out what a name refers to. This
// system has none, and OpenIn opens nothing.
const Look = 0

// OpenIn opens a file below dir.
func OpenIn(dir *os.File, name string, flags int, follow bool) (*File, error) {
	return nil, unsupported("openat2")
}

// StatIn describes a file below dir.
func StatIn(dir *os.File, name string, follow bool) (fs.FileInfo, error) {
	return nil, unsupported("openat2")
}

// ModeIn returns the type of a file below dir.
func ModeIn(dir *os.File, name string, follow bool) (fs.FileMode, error) {
	return 0, unsupported("openat2")
}
