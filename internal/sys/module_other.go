//go:build !linux

package sys

import "os"

// Flags of DeleteModule, with the values of Linux on amd64.
const (
	// NonBlock makes the call fail at once when the module is in use.
	NonBlock = 0x800
	// Force removes a module that is in use or has no exit function.
	Force = 0x200
)

// FinitModule fails with an error that wraps errors.ErrUnsupported; params
// with a NUL byte give *NULError, as on Linux.
func FinitModule(_ *os.File, params string, _ int) error {
	if err := checkNUL("parameter string", params); err != nil {
		return err
	}
	return unsupported("inserting a kernel module")
}

// InitModule fails with an error that wraps errors.ErrUnsupported; params with
// a NUL byte give *NULError, as on Linux.
func InitModule(_ []byte, params string) error {
	if err := checkNUL("parameter string", params); err != nil {
		return err
	}
	return unsupported("inserting a kernel module")
}

// DeleteModule fails with an error that wraps errors.ErrUnsupported; a name
// with a NUL byte gives *NULError, as on Linux.
func DeleteModule(name string, _ int) error {
	if err := checkNUL("module name", name); err != nil {
		return err
	}
	return unsupported("removing a kernel module")
}
