package live

import (
	"errors"
	"fmt"
	"iter"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/openfile"
)

// LoadedModule is a row of /proc/modules: a module that is in the kernel.
type LoadedModule struct {
	Name string

	// Size is the memory that the module takes, in bytes.
	Size uint64

	// Refcount is the number of users: modules that need it, and other uses
	// such as open devices. It is -1 in kernels that cannot unload modules,
	// and for a module that is being removed.
	Refcount int

	// Holders are the names of the modules that use it.
	Holders []string

	// Permanent: the module cannot be removed because it has no exit function.
	Permanent bool

	State Initstate

	// Address is where the module lies in memory; 0 without CAP_SYSLOG.
	Address uint64

	// Taint are the letters of the taints that the module causes, such as "OE"
	// for an unsigned module built outside the kernel's tree.
	Taint string
}

// Loaded yields the modules that are in a kernel (nil for the running one), newest
// first, as /proc/modules lists them, with the errors of [ParseLoaded]. A kernel without
// module support has none. Where only /proc is missing, they come from /sys/module, in no
// particular order and without addresses. The names are those that the kernel has for the
// modules, which are not always those of their files.
//
// A module may be removed at any moment after it was listed. [Open] tells more
// about each; [Modules] yields built-in ones too.
func Loaded(k Kernel) iter.Seq2[LoadedModule, error] {
	return func(yield func(LoadedModule, error) bool) {
		k := orHost(k)
		for m, err := range listed(k) {
			if kernfs.Gone(err) {
				if !kernfs.NoModules(k.Proc()) {
					yieldRows(k, yield)
				}
				return
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

// listed yields the rows of /proc/modules.
func listed(k Kernel) iter.Seq2[LoadedModule, error] {
	return func(yield func(LoadedModule, error) bool) {
		f, _, err := openfile.OpenFS(k.Proc(), "modules")
		if err != nil {
			yield(LoadedModule{}, fmt.Errorf("open the list of loaded modules: %w", err))
			return
		}
		defer f.Close()
		ParseLoaded(f)(yield)
	}
}

// yieldRows yields the rows that /proc/modules would have, from /sys/module.
func yieldRows(k Kernel, yield func(LoadedModule, error) bool) {
	for m, err := range Modules(k) {
		if err != nil {
			yield(LoadedModule{}, err)
			return
		}
		if m.Builtin {
			continue
		}
		row, err := m.row()
		if errors.Is(err, ErrNotLoaded) {
			continue
		}
		if !yield(row, err) || err != nil {
			return
		}
	}
}
