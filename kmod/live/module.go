package live

import (
	"errors"
	"io/fs"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/reason"
)

// Module is what the kernel shows of one module in /sys/module/NAME. It caches
// nothing: each method reads what it returns, and only that, at the time of the
// call. The name is the kernel's. It is safe for concurrent use.
//
// If the module is removed, every method fails with an error that wraps
// [ErrNotLoaded], until a module of that name is inserted again. All errors are of
// type *[Error].
type Module struct {
	Name string

	// Builtin: the module is a part of the kernel image, and the kernel shows its
	// parameters only. It cannot be removed and has neither counts nor sizes.
	Builtin bool

	kernel Kernel
}

// errNoSysfs: only /proc/modules lists modules.
var errNoSysfs = reason.New("there is no /sys/module", errors.ErrUnsupported)

// ErrNotLoaded: no such module is in the kernel. It wraps fs.ErrNotExist.
var ErrNotLoaded = reason.New("the module is not in the kernel", fs.ErrNotExist)

// Open gives access to what a kernel (nil for the running one) shows of a module
// that is loaded, being loaded or being removed, or of a built-in with parameters.
// Dashes in the name count as underscores; aliases are not looked up. The error is
// of type *[Error], and wraps [ErrNotLoaded] when the kernel shows no such module.
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
