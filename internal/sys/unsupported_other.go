//go:build !linux || gokmod_portable

package sys

import (
	"errors"
	"fmt"
	"runtime"
)

// unsupported says that action needs Linux.
func unsupported(action string) error {
	return fmt.Errorf("%s needs Linux, this is %s: %w", action, runtime.GOOS, errors.ErrUnsupported)
}
