package closure

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/parallel"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/modinfo"
)

// readModules makes sure that the files of the modules can be read, and finds the
// firmware that they name.
func (b *builder) readModules(ctx context.Context) error {
	modules := b.closure.Modules
	names, errs := make([][]string, len(modules)), make([]error, len(modules))
	parallel.Each(ctx, len(modules), func(i int) {
		if modules[i].Path != "" {
			names[i], errs[i] = b.readModule(&modules[i])
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := b.builtinFirmware(modules, names); err != nil {
		return err
	}
	if err := b.dropUnreadable(errs); err != nil {
		return err
	}
	return b.findFirmware(ctx, modules, names)
}

// builtinFirmware adds the firmware that built-ins name.
func (b *builder) builtinFirmware(modules []Module, names [][]string) error {
	if b.opts.NoFirmware || !slices.ContainsFunc(modules, func(m Module) bool { return m.Builtin }) {
		return nil
	}
	data, err := b.db.ReadFile(moddir.BuiltinModinfo)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // kernels before 5.2 do not have the file
	}
	if err != nil {
		return err
	}
	infos := map[string]*modinfo.Info{}
	for name, info := range modinfo.Builtins(data) {
		infos[name] = info
	}
	for i := range modules {
		if info := infos[modules[i].Name]; info != nil && modules[i].Builtin {
			names[i] = info.Firmware()
		}
	}
	return nil
}

// errNoModuleFile: depmod would not index a file that modules.dep names, which may be
// anything.
var errNoModuleFile = errors.New("it does not have the name of a module file")

// readModule determines the size of a module, and returns the firmware that it names.
func (b *builder) readModule(m *Module) ([]string, error) {
	if !modname.IsModuleFile(path.Base(b.db.Rel(m.Module))) {
		return nil, &fs.PathError{Op: "open module", Path: m.Path, Err: errNoModuleFile}
	}
	f, err := b.db.OpenModule(m.Module)
	if err != nil {
		return nil, err
	}
	stat, err := f.Stat()
	f.Close()
	if err != nil {
		return nil, err
	}
	m.Size = stat.Size()
	if b.opts.NoFirmware {
		return nil, nil
	}
	info, err := b.db.InfoOf(m.Module)
	if err != nil {
		return nil, err
	}
	return b.firmwareNames(info), nil
}

// firmwareNames returns the firmware that a module names, nothing when all of them
// name too much.
func (b *builder) firmwareNames(info *modinfo.Info) []string {
	names, size := info.Firmware(), 0
	for i, name := range names {
		names[i] = strings.Clone(name) // so that the module's other fields can be freed
		size += len(name) + perName
	}
	if b.firmwareText.Add(int64(size)) > maxFirmwareText {
		return nil
	}
	return names
}

// dropUnreadable marks modules whose files cannot be read, and those that need them,
// as dropped. It is an error if one is required, or if the machine failed rather than
// the file.
func (b *builder) dropUnreadable(errs []error) error {
	var failed []error
	for i := range b.closure.Modules {
		m := &b.closure.Modules[i]
		err := errs[i]
		for _, name := range m.Needs {
			if err == nil && b.dropped[name] {
				err = fmt.Errorf("it needs module %s, which cannot be read", plain.Name(name))
			}
		}
		if err == nil {
			continue
		}
		if m.Required || openfile.MachineFailed(err) {
			failed = append(failed, fmt.Errorf("collect module %s, %s: %w", plain.Name(m.Name), m.Reasons[0], err))
		}
		b.dropped[m.Name] = true
		b.warn(Warning{Kind: WarnMissing, Module: m.Name, Reason: m.Reasons[0], Origin: m.Reasons[0].Origin, Text: "left out: " + err.Error()})
	}
	return errors.Join(failed...)
}

// keepReadable removes the dropped modules from the closure.
func (b *builder) keepReadable() {
	b.closure.Modules = slices.DeleteFunc(b.closure.Modules, func(m Module) bool { return b.dropped[m.Name] })
}
