package kmod

import (
	"bytes"
	"errors"
	"iter"
	"strings"

	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/modinfo"
)

// Info reads what a module says about itself: from its file, or for a built-in from
// modules.builtin.modinfo. The latter also has drivers that cannot be modules, which
// [DB.Lookup] finds by their aliases. The error wraps ErrNotFound for an unknown
// name; for an unreadable file it is that of package modinfo.
func (db *DB) Info(name string) (*modinfo.Info, error) {
	m, err := db.Module(name)
	if errors.Is(err, ErrNotFound) {
		// modules.builtin does not list every part of the kernel.
		if found, _ := db.builtinInfo(name); found != nil {
			return found, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return db.InfoOf(m)
}

// InfoOf is [DB.Info] for a module that was found: it reads the module's own file, or
// for a built-in modules.builtin.modinfo.
func (db *DB) InfoOf(m Module) (*modinfo.Info, error) {
	if m.Builtin {
		info, err := db.builtinInfo(m.Name)
		if info == nil && err == nil {
			info = &modinfo.Info{}
		}
		return info, err
	}
	f, err := openInfo(db, m)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Info()
	if err != nil {
		return nil, err
	}
	info.Path = m.Path
	return info, nil
}

// openInfo opens the file of a module of the DB, or of this machine, to inspect it.
func openInfo(db *DB, m Module) (*modinfo.File, error) {
	cfg := &modinfo.Config{MaxSize: db.limit()}
	if m.Local {
		return modinfo.Open(m.Path, cfg)
	}
	return modinfo.OpenFS(db.tree.FS, m.file, cfg)
}

// builtinInfo returns what modules.builtin.modinfo has about a part of the kernel,
// nil for nothing.
func (db *DB) builtinInfo(name string) (*modinfo.Info, error) {
	data, err := db.ReadFile(moddir.BuiltinModinfo)
	if err != nil {
		return nil, err
	}
	return modinfo.Builtin(data, name), nil
}

// Modules yields every module that modules.dep lists, in the order of names. It ends
// after an error, which wraps ErrNoModuleDir or ErrNoIndexes if there is no
// modules.dep.bin.
func (db *DB) Modules() iter.Seq2[Module, error] {
	return func(yield func(Module, error) bool) {
		if err := db.require(&db.deps); err != nil {
			yield(Module{}, err)
			return
		}
		for entry, err := range db.deps.all() {
			if err != nil {
				yield(Module{}, err)
				return
			}
			path, _, _ := strings.Cut(entry.Value, ":")
			m, err := db.moduleAt(entry.Key, path)
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// Builtins yields every module that is a part of the kernel image, in the order of names:
// those that could be modules, as modules.builtin lists them. It ends after an error,
// which wraps ErrNoModuleDir or ErrNoIndexes if there is neither a modules.builtin.bin
// that is not empty nor the list of the kernel's build.
func (db *DB) Builtins() iter.Seq2[Module, error] {
	return func(yield func(Module, error) bool) {
		if _, absent := db.builtins.state(); absent {
			yield(Module{}, db.absence(fileNames(&db.builtins)))
			return
		}
		for entry, err := range db.builtins.all() {
			if !yield(Module{Name: entry.Key, Builtin: err == nil}, err) || err != nil {
				return
			}
		}
	}
}

// readInfo reads the Info of a module in memory.
func readInfo(image []byte) (*modinfo.Info, error) {
	return modinfo.Read(bytes.NewReader(image), int64(len(image)))
}

// unsignedSize is the size of an image without the signature appended to it.
func unsignedSize(image []byte) int64 {
	info, err := readInfo(image)
	if err != nil || info.Signature == nil {
		return int64(len(image))
	}
	return info.Signature.SignedSize
}
