package kmod

import (
	"errors"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/reason"
)

// LiveModule is what the kernel shows of one module in /sys/module/NAME. It
// holds nothing but the name: each method reads what it returns at the time of
// the call, and only that. The name is the kernel's. It is safe for concurrent
// use.
//
// The module may be removed meanwhile. From then on every method fails with an
// error that wraps [ErrNotLoaded], until a module of that name is inserted
// again. All errors are of type *[LiveError].
type LiveModule struct {
	Name string

	// Builtin: the module is a part of the kernel image, and shown for its
	// parameters only. It cannot be removed and has no counts and sizes.
	Builtin bool

	loader *Loader
}

// errNoSysfs: only /proc/modules tells of modules.
var errNoSysfs = reason.New("there is no /sys/module", errors.ErrUnsupported)

// errSilentBuiltin is an ErrNotLoaded that says more.
var errSilentBuiltin = reason.New("the module is built into the kernel, which shows nothing of it", ErrNotLoaded)

// Live gives access to what the kernel shows of a module that is loaded, comes
// or goes, or of a built-in with parameters. Dashes in the name count as
// underscores; aliases are not looked up, but a module whose own name is not that
// of its file is found by either if the Loader has a DB. The error wraps
// [ErrNotLoaded] when the kernel shows no such module, and is of type
// *[LiveError].
func (l *Loader) Live(name string) (*LiveModule, error) {
	m := &LiveModule{Name: modname.Normalize(name), loader: l}
	status, err := l.askStatus(m.Name)
	if err == nil && status == StatusAbsent && l.db != nil {
		status, m.Name = l.ownStatus(m.Name)
	}
	switch {
	case err != nil:
		return nil, m.failed("read", "", err)
	case status == StatusBuiltin:
		m.Builtin = true
	case status == StatusAbsent || status == StatusUnknown:
		return nil, m.failed("read", "", m.absence())
	}
	return m, nil
}

// absence says why the kernel shows nothing of a module.
func (m *LiveModule) absence() error {
	if m.loader.db != nil {
		if status, _ := m.loader.db.status(m.Name); status == StatusBuiltin {
			return errSilentBuiltin
		}
	}
	return ErrNotLoaded
}
