//go:build !linux

package sys

import "os"

// OpenIn opens a file below dir.
func OpenIn(dir *os.File, name string, flags int) (*os.File, error) {
	return nil, unsupported("openat2")
}
