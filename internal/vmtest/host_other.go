//go:build !linux

package vmtest

import (
	"errors"
	"os"
	"syscall"
)

// dieWithParent has no meaning here: QEMU is run on Linux only.
func dieWithParent() *syscall.SysProcAttr { return nil }

// tryLock is not available here: kernels are fetched on Linux only.
func tryLock(*os.File) (bool, error) { return false, errors.ErrUnsupported }
