package live

import (
	"errors"
	"io/fs"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/reason"
)

// Module is what the kernel shows of one module in /sys/module/NAME. It
// holds nothing but the name: each method reads what it returns at the time of
// the call, and only that. The name is the kernel's. It is safe for concurrent
// use.
//
// The module may be removed meanwhile. From then on every method fails with an
// error that wraps [ErrNotLoaded], until a module of that name is inserted
// again. All errors are of type *[Error].
type Module struct {
	Name string

	// Builtin: the module is a part of the kernel image, and shown for its
	// parameters only. It cannot be removed and has no counts and sizes.
	Builtin bool

	kernel Kernel
}

// errNoSysfs: only /proc/modules tells of modules.
var errNoSysfs = reason.New("there is no /sys/module", errors.ErrUnsupported)

// ErrNotLoaded: no such module is in the kernel. It wraps fs.ErrNotExist.
var ErrNotLoaded = reason.New("the module is not in the kernel", fs.ErrNotExist)

// Open gives access to what a kernel, nil for the one that runs, shows of a module
// that is loaded, comes or goes, or of a built-in with parameters. Dashes in the
// name count as underscores; aliases are not looked up. The error wraps
// [ErrNotLoaded] when the kernel shows no such module, and is of type *[Error].
func Open(k Kernel, name string) (*Module, error) {
	m := &Module{Name: modname.Normalize(name), kernel: orHost(k)}
	status, err := statusOf(m.kernel, m.Name)
	switch {
	case err != nil:
		return nil, m.failed("read", "", err)
	case status == StatusAbsent || status == StatusUnknown:
		return nil, m.failed("read", "", ErrNotLoaded)
	}
	m.Builtin = status == StatusBuiltin
	return m, nil
}
