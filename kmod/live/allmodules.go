package live

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"

	"github.com/gokmod/gokmod/internal/kernfs"
)

// Modules yields every module that has a directory in /sys/module, loaded or
// built in, in no particular order. Modules that are removed meanwhile are left
// out. Without /sys/module it yields the modules of /proc/modules.
func Modules(k Kernel) iter.Seq2[*Module, error] {
	return func(yield func(*Module, error) bool) {
		k := orHost(k)
		entries, err := kernfs.ReadDir(k.Sys(), "module")
		switch {
		case kernfs.Gone(err):
			yieldListed(k, yield)
		case err != nil:
			yield(nil, fmt.Errorf("list the modules in /sys/module: %w", err))
		default:
			yieldDirs(k, entries, yield)
		}
	}
}

func yieldDirs(k Kernel, entries []fs.DirEntry, yield func(*Module, error) bool) {
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		m, err := Open(k, e.Name())
		if errors.Is(err, ErrNotLoaded) {
			continue
		}
		if !yield(m, err) {
			return
		}
	}
}

// yieldListed does the work of Modules without sysfs.
func yieldListed(k Kernel, yield func(*Module, error) bool) {
	for row, err := range listed(k) {
		if kernfs.Gone(err) {
			return
		}
		m := &Module{Name: row.Name, kernel: k}
		if err != nil {
			m = nil
		}
		if !yield(m, err) {
			return
		}
	}
}
