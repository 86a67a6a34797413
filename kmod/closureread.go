package kmod

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/modinfo"
)

// readModules makes sure that the files of the modules are there, and finds the
// firmware that they name.
func (b *closureBuilder) readModules(ctx context.Context) error {
	modules := b.closure.Modules
	names, errs := make([][]string, len(modules)), make([]error, len(modules))
	b.closure.parallel(ctx, func(i int) {
		if modules[i].Path != "" {
			names[i], errs[i] = b.readModule(modules[i].Module)
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range modules {
		if b.opts.NoFirmware {
			break
		}
		if info, err := b.fields.of(modules[i].Module); err != nil {
			return err
		} else if info != nil {
			names[i] = info.Firmware()
		}
	}
	if err := b.dropUnreadable(errs); err != nil {
		return err
	}
	return b.findFirmware(ctx, modules, names)
}

// parallel calls f for the index of each module, several at a time.
func (c *Closure) parallel(ctx context.Context, f func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(c.Modules)) {
		workers.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range c.Modules {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
}

// errNoModuleFile: a file that modules.dep names would not be indexed in an image,
// and may be anything.
var errNoModuleFile = errors.New("it does not have the name of a module file")

// readModule returns the firmware that a module names.
func (b *closureBuilder) readModule(m Module) ([]string, error) {
	if !modname.IsModuleFile(path.Base(m.file)) {
		return nil, &fs.PathError{Op: "open module", Path: m.Path, Err: errNoModuleFile}
	}
	if !b.opts.NoFirmware {
		info, err := b.db.readInfo(m)
		if err != nil {
			return nil, err
		}
		return b.firmwareNames(info), nil
	}
	f, _, err := b.db.tree.OpenFile(m.file)
	if err != nil {
		return nil, &fs.PathError{Op: "open module", Path: m.Path, Err: err}
	}
	return nil, f.Close()
}

// firmwareNames returns the firmware that a module names, nothing when all of them
// name too much.
func (b *closureBuilder) firmwareNames(info *modinfo.Info) []string {
	names, size := info.Firmware(), 0
	for i, name := range names {
		names[i] = strings.Clone(name) // so that the module's other fields can go
		size += len(name) + perName
	}
	if b.firmwareText.Add(int64(size)) > maxFirmwareText {
		return nil
	}
	return names
}

// dropUnreadable takes modules out whose files cannot be read, and those that
// need them. It is an error when something cannot do without, and when that is
// not for the file's own sake.
func (b *closureBuilder) dropUnreadable(errs []error) error {
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
		b.warn(ClosureWarning{Kind: WarnMissing, Module: m.Name, Reason: m.Reasons[0], Origin: m.Reasons[0].Origin, Text: "left out: " + err.Error()})
	}
	return errors.Join(failed...)
}

// keepReadable takes the modules out that were dropped.
func (b *closureBuilder) keepReadable() {
	b.closure.Modules = slices.DeleteFunc(b.closure.Modules, func(m ClosureModule) bool { return b.dropped[m.Name] })
}
