package kmod

import (
	"bytes"
	"maps"
	"slices"
	"sync"
)

// foreignSymbols are the symbols of modules that are in the kernel that runs but
// in no index, such as those that insmod(8) inserts.
type foreignSymbols struct {
	modules []string          // in alphabetic order
	owners  map[string]string // by symbol
	whole   bool              // no symbol is missing
}

// foreignCache has the symbols for as long as the same modules are loaded.
type foreignCache struct {
	mu   sync.Mutex
	last *foreignSymbols
}

// foreign reads which symbols modules in no index have. Without such a module
// nothing is read but the list of modules.
func (d *Diagnoser) foreign() *foreignSymbols {
	if d.opts.Kernel == nil {
		return &foreignSymbols{whole: true}
	}
	modules := slices.Sorted(maps.Keys(d.loader().strangers()))
	d.foreignCache.mu.Lock()
	defer d.foreignCache.mu.Unlock()
	if last := d.foreignCache.last; last != nil && slices.Equal(last.modules, modules) {
		return last
	}
	f := &foreignSymbols{modules: modules, whole: true}
	if len(modules) > 0 {
		_, lists, err := d.facts.image.without(d.opts.Kernel.Proc(), nil)
		f.whole = f.read(d) == nil && err == nil && lists == listsAll
	}
	d.foreignCache.last = f
	return f
}

// read lists what the modules export, which their entries __ksymtab_NAME tell; of
// a module without them it may be any symbol.
func (f *foreignSymbols) read(d *Diagnoser) error {
	f.owners = map[string]string{}
	perhaps := map[string]string{}
	exporters := map[string]bool{}
	err := eachSymbol(d.opts.Kernel.Proc(), func(y symbolLine) bool {
		if _, found := slices.BinarySearch(f.modules, y.module); !found {
			return true
		}
		if name, ok := bytes.CutPrefix(y.name, []byte(ksymtab)); ok {
			f.owners[string(name)] = y.module
			exporters[y.module] = true
		} else if !exporters[y.module] {
			perhaps[string(y.name)] = y.module
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
