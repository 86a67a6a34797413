package systest

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// call decodes a module call. The error is what the kernel would return for
// arguments that cannot be read.
func (n *notice) call() (*Call, syscall.Errno) {
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", n.tid))
	if err != nil {
		return nil, syscall.EFAULT
	}
	defer mem.Close()
	call := &Call{Name: moduleCalls[n.number], TID: n.tid}
	switch n.number {
	case unix.SYS_INIT_MODULE:
		err = call.initModule(mem, n.args)
	case unix.SYS_FINIT_MODULE:
		err = call.finitModule(mem, n.args)
	case unix.SYS_DELETE_MODULE:
		call.Flags = int(int32(n.args[1]))
		call.Module, err = readString(mem, n.args[0])
	}
	if errno, ok := err.(syscall.Errno); ok {
		return nil, errno
	}
	return call, 0
}

// initModule decodes init_module(image, size, params).
func (c *Call) initModule(mem *os.File, args [6]uint64) (err error) {
	c.ImageSize = args[1]
	if c.ImageSize <= MaxImage {
		c.Image = make([]byte, c.ImageSize)
		if err := readAt(mem, c.Image, args[0]); err != nil {
			return err
		}
	}
	c.Params, err = readString(mem, args[2])
	return err
}

// finitModule decodes finit_module(fd, params, flags).
func (c *Call) finitModule(mem *os.File, args [6]uint64) (err error) {
	c.Flags = int(int32(args[2]))
	c.File, err = os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", c.TID, int32(args[0])))
	if err != nil {
		return syscall.EBADF
	}
	c.Params, err = readString(mem, args[1])
	return err
}

// readAt fills b from the program's memory.
func readAt(mem *os.File, b []byte, address uint64) error {
	if len(b) == 0 {
		return nil
	}
	if address > math.MaxInt64 {
		return syscall.EFAULT
	}
	if _, err := mem.ReadAt(b, int64(address)); err != nil {
		return syscall.EFAULT
	}
	return nil
}

// readString reads up to the next NUL byte, page by page, since the page after
// the end of the string may not exist.
func readString(mem *os.File, address uint64) (string, error) {
	const page = 4096
	var text []byte
	for len(text) < maxString {
		part := make([]byte, page-address%page)
		if err := readAt(mem, part, address); err != nil {
			return "", err
		}
		if end := bytes.IndexByte(part, 0); end >= 0 {
			return string(append(text, part[:end]...)), nil
		}
		text = append(text, part...)
		address += uint64(len(part))
	}
	return "", syscall.E2BIG
}
