package diagnose

import (
	"bytes"
	"errors"
	"slices"
	"sync"

	"github.com/gokmod/gokmod/internal/kallsyms"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// foreignSymbols are the symbols of modules that are in the running kernel but in
// no index, such as those that insmod(8) inserts.
type foreignSymbols struct {
	modules []string          // in alphabetic order
	owners  map[string]string // by symbol
	whole   bool              // every symbol of the modules is here
}

// foreignCache keeps the symbols for as long as the same modules are loaded.
type foreignCache struct {
	mu   sync.Mutex
	last *foreignSymbols
}

// foreign reads the symbols of modules that no index lists. Without such a module it
// reads only the list of modules.
func (d *Diagnoser) foreign() *foreignSymbols {
	if d.opts.Kernel == nil {
		return &foreignSymbols{whole: true}
	}
	modules := d.strangers()
	d.foreignCache.mu.Lock()
	defer d.foreignCache.mu.Unlock()
	if last := d.foreignCache.last; last != nil && slices.Equal(last.modules, modules) {
		return last
	}
	f := &foreignSymbols{modules: modules, whole: true}
	if len(modules) > 0 {
		_, lists, err := d.facts.image.Without(d.opts.Kernel.Proc(), nil)
		f.whole = f.read(d) == nil && err == nil && lists == kallsyms.ListsAll
	}
	d.foreignCache.last = f
	return f
}

// strangers are the modules in the kernel that modules.dep does not list by their
// names in the kernel, sorted.
func (d *Diagnoser) strangers() []string {
	var names []string
	for m, err := range live.Loaded(d.opts.Kernel) {
		if err != nil {
			return nil
		}
		if d.db == nil {
			names = append(names, m.Name)
		} else if known, err := d.db.Module(m.Name); errors.Is(err, kmod.ErrNotFound) || err == nil && known.Builtin {
			names = append(names, m.Name)
		}
	}
	slices.Sort(names)
	return names
}

// read lists what the modules export, by their entries __ksymtab_NAME. A module
// without such entries may export any of its symbols.
func (f *foreignSymbols) read(d *Diagnoser) error {
	f.owners = map[string]string{}
	perhaps := map[string]string{}
	exporters := map[string]bool{}
	err := kallsyms.Each(d.opts.Kernel.Proc(), func(y kallsyms.Symbol) bool {
		if _, found := slices.BinarySearch(f.modules, y.Module); !found {
			return true
		}
		if name, ok := bytes.CutPrefix(y.Name, []byte(kallsyms.Ksymtab)); ok {
			f.owners[string(name)] = y.Module
			exporters[y.Module] = true
		} else if !exporters[y.Module] {
			perhaps[string(y.Name)] = y.Module
		}
		return true
	})
	for symbol, module := range perhaps {
		if f.owners[symbol] == "" && !exporters[module] {
			f.owners[symbol] = module
		}
	}
	return err
}
