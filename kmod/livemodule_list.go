package kmod

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/gokmod/gokmod/internal/openfile"
)

// LiveModules yields every module that has a folder in /sys/module, loaded or
// built in, in no particular order. Modules that vanish meanwhile are left out.
// Without /sys/module the modules are those of /proc/modules.
func (l *Loader) LiveModules() iter.Seq2[*LiveModule, error] {
	return func(yield func(*LiveModule, error) bool) {
		entries, err := readFolder(l.kernel.Sys(), "module")
		switch {
		case gone(err):
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
		if gone(err) {
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

// maxEntries bounds the entries that are read from one folder of /sys.
const maxEntries = 1 << 16

var errNotFolder = errors.New("not a folder")

// readFolder is fs.ReadDir with a limit, in no particular order.
func readFolder(fsys fs.FS, folder string) ([]fs.DirEntry, error) {
	info, err := fs.Stat(fsys, folder)
	if err != nil {
		return nil, openfile.Cause(err)
	}
	if !info.IsDir() {
		return nil, errNotFolder
	}
	f, err := fsys.Open(folder)
	if err != nil {
		return nil, openfile.Cause(err)
	}
	defer f.Close()
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, errNotFolder
	}
	var entries []fs.DirEntry
	for len(entries) <= maxEntries {
		some, err := dir.ReadDir(1024)
		entries = append(entries, some...)
		if err == io.EOF {
			return entries, nil
		}
		if err != nil {
			return nil, openfile.Cause(err)
		}
	}
	return nil, fmt.Errorf("the folder has more than %d entries, as none of a kernel's state has", maxEntries)
}
