package kmod

import (
	"errors"
	"io/fs"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/modinfo"
)

// builtinFields are what the kernel's build recorded about built-in modules. Their
// soft and weak dependencies are in none of depmod's indexes, and modprobe(8) does
// not load them. But the kernel asks for them by itself, as crc_t10dif does for the
// fastest implementation, so an image must have them.
type builtinFields struct {
	db    *DB
	infos map[string]*modinfo.Info // nil until they are read
}

// of returns the fields of a module, nil if there are none or f is nil.
func (f *builtinFields) of(m Module) (*modinfo.Info, error) {
	if f == nil || !m.Builtin {
		return nil, nil
	}
	if f.infos == nil {
		f.infos = map[string]*modinfo.Info{}
		data, err := f.db.ReadFile(moddir.BuiltinModinfo)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil // kernels before 5.2 do not have the file
		}
		if err != nil {
			return nil, err
		}
		for name, info := range modinfo.Builtins(data) {
			f.infos[name] = info
		}
	}
	return f.infos[m.Name], nil
}

// origin returns where the fields come from.
func (f *builtinFields) origin() modconf.Origin {
	return modconf.Origin{File: f.db.file(moddir.BuiltinModinfo)}
}

// softdeps returns the soft dependencies of a built-in, as lines of configuration.
func (f *builtinFields) softdeps(m Module) ([]modconf.Softdep, error) {
	info, err := f.of(m)
	if info == nil || err != nil {
		return nil, err
	}
	var lines []modconf.Softdep
	for _, dep := range info.Softdeps() {
		lines = append(lines, modconf.Softdep{Module: m.Name, Pre: dep.Pre, Post: dep.Post, Origin: f.origin()})
	}
	return lines, nil
}

// weakdeps returns the weak dependencies of a built-in, as lines of configuration.
func (f *builtinFields) weakdeps(m Module) ([]modconf.Weakdep, error) {
	info, err := f.of(m)
	if info == nil || err != nil {
		return nil, err
	}
	return []modconf.Weakdep{{Module: m.Name, Modules: info.Weakdeps(), Origin: f.origin()}}, nil
}
