//go:build !linux

package live

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

// errNoModules is what every call answers on a system without Linux modules.
var errNoModules = fmt.Errorf("%s has no Linux kernel modules: %w", runtime.GOOS, errors.ErrUnsupported)

// FinitModule implements Kernel; it always fails.
func (h *Host) FinitModule(*os.File, string, InsertFlags) error { return errNoModules }

// InitModule implements Kernel; it always fails.
func (h *Host) InitModule([]byte, string) error { return errNoModules }

// DeleteModule implements Kernel; it always fails.
func (h *Host) DeleteModule(string, RemoveFlags) error { return errNoModules }
