package kmodtest

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// Call is a system call made to the kernel, for tests that examine how a module
// was handed over.
type Call struct {
	// Name is "finit_module", "init_module", "delete_module", or "write" for
	// the write of a parameter.
	Name   string
	Module string // name of the module, "" when the file was not one
	Params string // of an insert, or "name=value" for a write
	Flags  uint   // of the call
	Err    error
}

// Calls returns the system calls so far, in the order in which they ended.
func (k *Kernel) Calls() []Call {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.calls)
}

// call is a Call under way.
type call struct {
	Call
	ended bool
}

// end records a call and its answer, unless it has ended already. The lock is held
// since the call took effect, so that calls that see its effect end later.
func (k *Kernel) end(c *call, answer error) {
	if !c.ended {
		c.ended, c.Err = true, answer
		k.calls = append(k.calls, c.Call)
	}
}

// answer ends a call that has changed nothing, and returns its answer.
func (k *Kernel) answer(c *call, answer error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.end(c, answer)
	return c.Err
}

// ask lets the test answer a call.
func (k *Kernel) ask(c Call) error {
	if k.OnCall == nil {
		return nil
	}
	return k.OnCall(c)
}

// FinitModule implements live.Kernel.
func (k *Kernel) FinitModule(file *os.File, params string, flags live.InsertFlags) error {
	c := &call{Call: Call{Name: "finit_module", Params: params, Flags: uint(flags)}}
	return k.answer(c, k.finit(c, file))
}

func (k *Kernel) finit(c *call, file *os.File) error {
	if k.NoFinit {
		return syscall.ENOSYS
	}
	if k.refuses() {
		return syscall.EPERM
	}
	info, err := file.Stat()
	if err != nil {
		return syscall.EBADF
	}
	if info.Size() == 0 {
		return syscall.EINVAL
	}
	packed := live.InsertFlags(c.Flags)&live.CompressedFile != 0
	if errno := k.checkPacked(file, packed); errno != 0 {
		return errno
	}
	return k.load(c, file, info.Size())
}

// checkPacked answers as the kernel does for a file that is compressed, or
// declared as compressed.
func (k *Kernel) checkPacked(file *os.File, packed bool) syscall.Errno {
	head := make([]byte, 6)
	n, err := file.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return syscall.EIO
	}
	switch codec := decompress.Detect(head[:n]); {
	case packed && k.Compression == "":
		return syscall.EOPNOTSUPP
	case packed && codec.String() != k.Compression:
		return syscall.EINVAL
	case !packed && codec != decompress.None:
		return syscall.ENOEXEC
	}
	return 0
}

// InitModule implements live.Kernel.
func (k *Kernel) InitModule(image []byte, params string) error {
	c := &call{Call: Call{Name: "init_module", Params: params}}
	return k.answer(c, k.init(c, image))
}

func (k *Kernel) init(c *call, image []byte) error {
	if k.refuses() {
		return syscall.EPERM
	}
	if decompress.Detect(image) != decompress.None {
		return syscall.ENOEXEC
	}
	return k.load(c, bytes.NewReader(image), int64(len(image)))
}

// load reads a module and inserts it.
func (k *Kernel) load(c *call, r io.ReaderAt, size int64) error {
	if strings.Contains(c.Params, "\x00") {
		return syscall.EINVAL
	}
	f, err := modinfo.NewFile(r, size, nil)
	if err != nil {
		return syscall.ENOEXEC
	}
	defer f.Close()
	return k.insert(c, f)
}
