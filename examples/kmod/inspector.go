package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// inspector answers the arguments of modinfo. It is safe for concurrent use.
type inspector struct {
	c         *command
	only      bool   // print one field instead of all
	field     string // its name
	separator byte   // after each value
	byName    bool   // arguments are names, not files or aliases
	json      bool   // print everything as JSON
	turns     *turns
	db        func() (*kmod.DB, error)
	largeDB   func() (*kmod.DB, error) // for modules that are read alone
}

// inspect writes everything about one argument.
func (in *inspector) inspect(l *listing, arg string) {
	if path, ok := in.file(arg); ok {
		in.addFile(l, path)
		return
	}
	modules, err := in.lookup(arg)
	if err != nil {
		in.notFound(l, arg, err)
		return
	}
	for _, m := range modules {
		in.addModule(l, m)
	}
}

// file returns the path of an argument that is the name of a module file.
func (in *inspector) file(arg string) (string, bool) {
	if in.byName || !modinfo.IsModuleFile(arg) {
		return "", false
	}
	path := in.c.path(arg)
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// lookup finds the modules of a name or alias.
func (in *inspector) lookup(arg string) ([]kmod.Module, error) {
	db, err := in.db()
	if err != nil {
		return nil, err
	}
	if in.byName {
		m, err := db.Module(arg)
		return []kmod.Module{m}, err
	}
	return db.Lookup(arg)
}

func (in *inspector) notFound(l *listing, arg string, err error) {
	switch {
	case openfile.MachineFailed(err), errors.Is(err, kmod.ErrBudget): // which say nothing about the module
		l.fail("could not look up '" + arg + "': " + reason(err))
	case in.byName:
		l.fail("Module name " + arg + " not found.")
	case errors.Is(err, modinfo.ErrBracket):
		l.fail("Module alias " + arg + " not found.")
	default:
		l.fail("Module " + arg + " not found.")
	}
}

// addFile writes about a module file that is not in any index.
func (in *inspector) addFile(l *listing, path string) {
	if in.heading(l, path) {
		return
	}
	m := kmod.Module{Name: modinfo.NameFromPath(path), Path: path}
	var info *modinfo.Info
	err := in.turns.read(func(limit int64) (err error) {
		info, err = readInfo(path, limit)
		return err
	})
	if err != nil {
		in.unreadable(l, m.Name, path, err)
		return
	}
	in.addInfo(l, m, info)
}

// readInfo reads a module file of at most limit bytes, unpacked.
func readInfo(path string, limit int64) (*modinfo.Info, error) {
	f, err := modinfo.Open(path, &modinfo.Config{MaxSize: limit})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Info()
}

// addModule writes about a module of the index.
func (in *inspector) addModule(l *listing, m kmod.Module) {
	path := m.Path
	if m.Builtin {
		path = "(builtin)"
		if done := in.addName(l, m.Name); done {
			return
		}
	}
	if in.heading(l, path) {
		return
	}
	var info *modinfo.Info
	err := in.turns.read(func(limit int64) error {
		open := in.db
		if limit > in.turns.share {
			open = in.largeDB
		}
		db, err := open()
		if err == nil {
			info, err = db.Info(m.Name)
		}
		return err
	})
	if m.Builtin && errors.Is(err, fs.ErrNotExist) {
		info, err = &modinfo.Info{}, nil // kernels before 5.2 have no file about them
	}
	if err != nil {
		in.unreadable(l, m.Name, path, err)
		return
	}
	in.addInfo(l, m, info)
}

// addName writes the name of a built-in, which has no field of that name. It
// reports whether nothing else was requested.
func (in *inspector) addName(l *listing, name string) bool {
	switch {
	case in.json:
	case !in.only:
		l.column("name")
		l.value(name, in.separator)
	case sameField(in.field, "name"):
		l.value(name, in.separator)
		return true
	}
	return false
}

// heading writes where the module is. It reports whether nothing else was
// requested.
func (in *inspector) heading(l *listing, path string) bool {
	switch {
	case in.json:
	case !in.only:
		l.column("filename")
		l.value(path, in.separator)
	case sameField(in.field, "filename"):
		l.value(path, in.separator)
		return true
	}
	return false
}

func (in *inspector) unreadable(l *listing, name, path string, err error) {
	l.fail("could not get modinfo from '" + name + "': " + fileReason(path, err))
}
