package depmod

import (
	"slices"

	"github.com/gokmod/gokmod/internal/symtab"
)

// exporter says who exports a symbol.
type exporter struct {
	module int
	crc    uint32
	hasCRC bool
}

// resolve finds out which module needs which.
func (x *Index) resolve(kernel *KernelSymbols) {
	x.exporters = x.findExporters()
	for i := range x.modules {
		x.resolveModule(i, kernel)
	}
}

// findExporters lists all exports. Of several exporters the last one counts.
func (x *Index) findExporters() map[string]exporter {
	exporters := make(map[string]exporter, 1<<14)
	duplicates := map[string]int{}
	for i := range x.modules {
		m := &x.modules[i]
		m.Exports = make([]string, len(m.record.exports))
		for k, e := range m.record.exports {
			name := symtab.Exported(m.record.names.list[e.name], x.prefix)
			m.Exports[k] = name
			if other, twice := exporters[name]; twice && other.module != i {
				x.duplicate(duplicates, name, other.module, i)
			}
			exporters[name] = exporter{i, e.crc, e.hasCRC}
		}
	}
	return exporters
}

// duplicate notes that a symbol has one more exporter.
func (x *Index) duplicate(known map[string]int, symbol string, first, module int) {
	at, ok := known[symbol]
	if !ok {
		at = len(x.Report.Duplicates)
		known[symbol] = at
		x.Report.Duplicates = append(x.Report.Duplicates, Duplicate{symbol, []string{x.modules[first].Name}})
	}
	d := &x.Report.Duplicates[at]
	d.Modules = append(d.Modules, x.modules[module].Name)
}

// resolveModule finds the direct dependencies of a module.
func (x *Index) resolveModule(i int, kernel *KernelSymbols) {
	m := &x.modules[i]
	for at, n := range m.record.needs {
		name := m.record.names.list[n.name]
		e, known := x.provider(name)
		if !known {
			x.resolveKernel(m, at, name, kernel)
			continue
		}
		if !n.weak && differ(n, e, kernel) {
			x.mismatch(m, at, name, x.modules[e.module].Name, e.crc)
		}
		if e.module != i && !slices.Contains(m.deps, e.module) {
			m.deps = append(m.deps, e.module)
		}
	}
}

// provider finds the module that exports a needed symbol.
func (x *Index) provider(needed string) (exporter, bool) {
	e, known := x.exporters[symtab.Needed(needed, x.prefix)]
	return e, known
}

// differ reports whether a symbol is needed in another version than it has.
// Where the kernel's versions are known, everything has to have one.
func differ(n symbol, e exporter, kernel *KernelSymbols) bool {
	if kernel != nil && kernel.versions {
		return n.crc != e.crc
	}
	return n.hasCRC && e.hasCRC && n.crc != e.crc
}

// resolveKernel checks a symbol that no module exports.
func (x *Index) resolveKernel(m *Module, at int, name string, kernel *KernelSymbols) {
	n := m.record.needs[at]
	if kernel == nil || n.weak {
		return
	}
	known := symtab.Needed(name, x.prefix)
	if !kernel.set.Has(known) && !symtab.Always(name) {
		x.Report.Unresolved = append(x.Report.Unresolved, Unresolved{m.Name, m.Path, name, at})
		return
	}
	crc, _ := kernel.set.CRC(known)
	if kernel.versions && n.crc != crc {
		x.mismatch(m, at, name, "", crc)
	}
}

func (x *Index) mismatch(m *Module, at int, symbol, by string, have uint32) {
	x.Report.Mismatched = append(x.Report.Mismatched, Mismatch{m.Name, m.Path, symbol, by, m.record.needs[at].crc, have, at})
}
