package sys

import (
	"strings"
	"syscall"
)

// Flags of FinitModule, as finit_module(2) defines them.
const (
	// IgnoreModversions skips the comparison of symbol versions.
	IgnoreModversions = 1
	// IgnoreVermagic skips the comparison of the version magic.
	IgnoreVermagic = 2
	// CompressedFile asks the kernel to decompress the file (kernel 5.17 and
	// later, with the codec of /sys/module/compression).
	CompressedFile = 4
)

// NULError reports an argument that cannot be passed to the kernel because it
// contains a NUL byte. It wraps EINVAL.
type NULError struct {
	// What names the argument, such as "module name".
	What string
}

func (e *NULError) Error() string { return e.What + " contains a NUL byte" }

// Unwrap returns EINVAL, which is what the error stands for.
func (e *NULError) Unwrap() error { return syscall.EINVAL }

// checkNUL returns a *NULError when value cannot become a C string.
func checkNUL(what, value string) error {
	if strings.IndexByte(value, 0) >= 0 {
		return &NULError{What: what}
	}
	return nil
}
