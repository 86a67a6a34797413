package kmodtest

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// Kernel is a kernel in memory; it implements kmod.Kernel. It is safe for
// concurrent use. Its fields are to be set before the first call.
type Kernel struct {
	// Release is the kernel's release, as in /proc/sys/kernel/osrelease.
	Release string

	// Vermagic is what modules are compared with. "" accepts every module.
	Vermagic string

	// Compression is the codec that the kernel unpacks itself ("xz", "zstd",
	// "gzip"), as in /sys/module/compression. "" means none.
	Compression string

	// Symbols are the symbols of the kernel image. When it is nil, every
	// symbol that no module could export counts as there: only the modules
	// that the "depends" field of a module names have to be loaded.
	Symbols []string

	// Builtin are the names of modules that are a part of the kernel.
	Builtin []string

	// NoFinit: the kernel lacks finit_module(2).
	NoFinit bool

	// ModulesDisabled is kernel.modules_disabled.
	ModulesDisabled bool

	// Lockdown is the level in /sys/kernel/security/lockdown: "", "none",
	// "integrity" or "confidentiality". With the last two unsigned modules are
	// refused.
	Lockdown string

	// NoCapability: the process lacks CAP_SYS_MODULE.
	NoCapability bool

	// Delay, if not nil, says how long the init function of a module takes.
	Delay func(module string) time.Duration

	mu      sync.Mutex
	changed *sync.Cond // tells of modules that leave the state "coming"
	modules []*module  // the oldest first
	fails   map[string]syscall.Errno
	calls   []Call
}

// module is one in the kernel.
type module struct {
	name    string
	params  string
	size    int
	taint   string
	state   kmod.Initstate
	held    int // by Hold
	exports []string
	uses    []*module
	users   []*module
}

// Call is a system call that the kernel was asked for, for tests that look at
// how a module was handed over.
type Call struct {
	Name   string // "finit_module", "init_module", "delete_module"
	Module string // name of the module, "" when the file was none
	Params string
	Flags  uint // of the call
	Err    error
}

// New returns a kernel of that release, with nothing loaded.
func New(release string) *Kernel { return &Kernel{Release: release} }

// Fail makes the init function of a module end with errno from now on; 0 makes
// it succeed again.
func (k *Kernel) Fail(module string, errno syscall.Errno) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fails == nil {
		k.fails = map[string]syscall.Errno{}
	}
	k.fails[module] = errno
}

// Hold adds n to the reference count of a module, as opening its device would;
// a negative n takes away. It reports whether the module is there.
func (k *Kernel) Hold(module string, n int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.find(module)
	if m == nil {
		return false
	}
	m.held = max(0, m.held+n)
	return true
}

// Modules returns the names of the modules in the kernel, in the order in which
// they were inserted.
func (k *Kernel) Modules() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var names []string
	for _, m := range k.modules {
		names = append(names, m.name)
	}
	return names
}

// Params returns the parameters that a module in the kernel was given.
func (k *Kernel) Params(module string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if m := k.find(module); m != nil {
		return m.params
	}
	return ""
}

// Calls returns the system calls so far.
func (k *Kernel) Calls() []Call {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.calls)
}

func (k *Kernel) record(c Call) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls = append(k.calls, c)
	return c.Err
}

// FinitModule implements kmod.Kernel.
func (k *Kernel) FinitModule(file *os.File, params string, flags kmod.InsertFlags) error {
	name, err := k.finit(file, params, flags)
	return k.record(Call{"finit_module", name, params, uint(flags), err})
}

func (k *Kernel) finit(file *os.File, params string, flags kmod.InsertFlags) (string, error) {
	if k.NoFinit {
		return "", syscall.ENOSYS
	}
	if k.refuses() {
		return "", syscall.EPERM
	}
	if strings.Contains(params, "\x00") {
		return "", syscall.EINVAL
	}
	info, err := file.Stat()
	if err != nil {
		return "", syscall.EBADF
	}
	packed := flags&kmod.CompressedFile != 0
	if errno := k.checkPacked(file, packed); errno != 0 {
		return "", errno
	}
	f, err := modinfo.NewFile(file, info.Size(), nil)
	if err != nil {
		return "", syscall.ENOEXEC
	}
	defer f.Close()
	return k.insert(f, params, flags)
}

// checkPacked answers as the kernel does to a file that is compressed, or said
// to be.
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

// InitModule implements kmod.Kernel.
func (k *Kernel) InitModule(image []byte, params string) error {
	name, err := k.init(image, params)
	return k.record(Call{"init_module", name, params, 0, err})
}

func (k *Kernel) init(image []byte, params string) (string, error) {
	if k.refuses() {
		return "", syscall.EPERM
	}
	if strings.Contains(params, "\x00") {
		return "", syscall.EINVAL
	}
	if decompress.Detect(image) != decompress.None {
		return "", syscall.ENOEXEC
	}
	f, err := modinfo.NewFile(bytes.NewReader(image), int64(len(image)), nil)
	if err != nil {
		return "", syscall.ENOEXEC
	}
	defer f.Close()
	return k.insert(f, params, 0)
}

func (k *Kernel) refuses() bool { return k.NoCapability || k.ModulesDisabled }

// DeleteModule implements kmod.Kernel.
func (k *Kernel) DeleteModule(name string, flags kmod.RemoveFlags) error {
	return k.record(Call{"delete_module", name, "", uint(flags), k.remove(name)})
}

func (k *Kernel) remove(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.find(name)
	switch {
	case k.refuses():
		return syscall.EPERM
	case m == nil:
		return syscall.ENOENT
	case len(m.users) > 0:
		return syscall.EAGAIN
	case m.state != kmod.StateLive:
		return syscall.EBUSY
	case m.held > 0:
		return syscall.EAGAIN
	}
	k.drop(m)
	return nil
}

func (k *Kernel) find(name string) *module {
	for _, m := range k.modules {
		if m.name == name {
			return m
		}
	}
	return nil
}

// drop takes a module out of the kernel.
func (k *Kernel) drop(m *module) {
	k.modules = slices.DeleteFunc(k.modules, func(other *module) bool { return other == m })
	for _, used := range m.uses {
		used.users = slices.DeleteFunc(used.users, func(other *module) bool { return other == m })
	}
}
