package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// Flags of DeleteModule, as delete_module(2) defines them. Their values differ
// between architectures.
const (
	// NonBlock makes the call fail at once if the module is in use. Kernels
	// since 3.13 never wait, with or without it.
	NonBlock = unix.O_NONBLOCK
	// Force removes a module that is in use or has no exit function, if the
	// kernel is built to allow that.
	Force = unix.O_TRUNC
)

// FinitModule inserts the module in the open file f, finit_module(2). params is
// the parameter string, flags any of IgnoreModversions, IgnoreVermagic and
// CompressedFile; unknown bits are passed on. The kernel's error is returned as
// a plain syscall.Errno, params with a NUL byte as *NULError, a closed file as
// os.ErrClosed.
func FinitModule(f *os.File, params string, flags int) error {
	if err := checkNUL("parameter string", params); err != nil {
		return err
	}
	return withDescriptor(f, func(fd int) error {
		return retry(func() error { return unix.FinitModule(fd, params, flags) })
	})
}

// InitModule inserts the uncompressed module image, init_module(2). Its errors
// are those of FinitModule. The kernel takes a copy; image is only read.
func InitModule(image []byte, params string) error {
	if err := checkNUL("parameter string", params); err != nil {
		return err
	}
	return retry(func() error { return unix.InitModule(image, params) })
}

// DeleteModule removes the module called name, delete_module(2). flags is any
// of NonBlock and Force. The kernel's error is returned as a plain
// syscall.Errno, a name with a NUL byte as *NULError.
func DeleteModule(name string, flags int) error {
	if err := checkNUL("module name", name); err != nil {
		return err
	}
	return retry(func() error { return unix.DeleteModule(name, flags) })
}

// maxTries bounds how often an interrupted call is made; the package comment
// gives the reason.
const maxTries = 1 + 64

// retry repeats a call as long as it is interrupted.
func retry(call func() error) error {
	for try := 1; ; try++ {
		err := call()
		if err != unix.EINTR || try == maxTries {
			return err
		}
	}
}
