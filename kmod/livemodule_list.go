package kmod

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"

	"github.com/gokmod/gokmod/internal/kernfs"
)

// LiveModules yields every module that has a folder in /sys/module, loaded or
// built in, in no particular order. Modules that vanish meanwhile are left out.
// Without /sys/module the modules are those of /proc/modules.
func (l *Loader) LiveModules() iter.Seq2[*LiveModule, error] {
	return func(yield func(*LiveModule, error) bool) {
		entries, err := kernfs.ReadDir(l.kernel.Sys(), "module")
		switch {
		case kernfs.Gone(err):
			l.yieldListed(yield)
		case err != nil:
			yield(nil, fmt.Errorf("list the modules in /sys/module: %w", err))
		default:
			l.yieldFolders(entries, yield)
		}
	}
}

func (l *Loader) yieldFolders(entries []fs.DirEntry, yield func(*LiveModule, error) bool) {
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		m, err := l.Live(e.Name())
		if errors.Is(err, ErrNotLoaded) {
			continue
		}
		if !yield(m, err) {
			return
		}
	}
}

// yieldListed is LiveModules for a machine without sysfs.
func (l *Loader) yieldListed(yield func(*LiveModule, error) bool) {
	for row, err := range l.listed() {
		if kernfs.Gone(err) {
			return
		}
		if err != nil {
			yield(nil, err)
			return
		}
		if !yield(&LiveModule{Name: row.Name, loader: l}, nil) {
			return
		}
	}
}
