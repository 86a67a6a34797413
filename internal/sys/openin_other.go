//go:build !linux || gokmod_portable

package sys

import "os"

// Look is the flag of an open that only finds out what a name refers to. This
// system has none, and OpenIn opens nothing.
const Look = 0

// OpenIn opens a file below dir.
func OpenIn(dir *os.File, name string, flags int, follow bool) (*File, error) {
	return nil, unsupported("openat2")
}
