//go:build !linux

package debs

import (
	"errors"
	"os"
)

// tryLock is not available here: packages are fetched on Linux only.
func tryLock(*os.File) (bool, error) { return false, errors.ErrUnsupported }
