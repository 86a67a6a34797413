package depmod

import (
	"github.com/gokmod/gokmod/internal/symtab"
)

// exporter says which module exports a symbol.
type exporter struct {
	module int32 // -1 for none
	symbol uint32
}

// resolve finds which modules need which others.
func (x *Index) resolve(kernel *KernelSymbols) {
	x.findExporters()
	for _, name := range x.symbols.order() {
		if e := x.exporters[name]; e.module >= 0 && x.indexable(name, &x.modules[e.module]) {
			x.exported = append(x.exported, name)
		}
	}
	marks := make([]int32, len(x.modules))
	for i := range x.modules {
		x.resolveModule(int32(i), kernel, marks)
	}
}

// indexable reports whether the index files can hold a symbol, and adds one
// that they cannot hold to the report. It causes dependencies nevertheless.
func (x *Index) indexable(name uint32, by *Module) bool {
	symbol := x.symbols.names[name]
	err := checkSymbol(symbol)
	if err != nil {
		x.Report.badField(BadField{by.Name, by.Path, "symbol", symbol, err})
	}
	return err == nil
}

// findExporters lists all exports. Of several exporters the last one counts.
func (x *Index) findExporters() {
	x.exporters = make([]exporter, len(x.symbols.names))
	for i := range x.exporters {
		x.exporters[i].module = -1
	}
	duplicates := map[uint32]int{}
	for i := range x.modules {
		m := &x.modules[i]
		m.Exports = make([]string, len(m.record.exports))
		for k, id := range m.record.exports {
			name := x.exportedAs[x.symbols.list[id].name]
			m.Exports[k] = x.symbols.names[name]
			e := &x.exporters[name]
			if e.module >= 0 && e.module != int32(i) {
				x.duplicate(duplicates, name, e.module, int32(i))
			}
			*e = exporter{int32(i), id}
		}
	}
}

// duplicate records one more exporter of a symbol.
func (x *Index) duplicate(known map[uint32]int, name uint32, first, module int32) {
	at, ok := known[name]
	if !ok {
		at = len(x.Report.Duplicates)
		known[name] = at
		note(&x.Report.Duplicates, &x.Report.Unlisted.Duplicates,
			Duplicate{shown(x.symbols.names[name], maxSymbol), []string{x.modules[first].Name}})
	}
	if at < MaxFindings {
		d := &x.Report.Duplicates[at]
		d.Modules = append(d.Modules, x.modules[module].Name)
	}
}

// resolveModule finds the direct dependencies of a module. The marks hold for
// each module the last one that met it, counted from 1.
func (x *Index) resolveModule(i int32, kernel *KernelSymbols, marks []int32) {
	m := &x.modules[i]
	for at, id := range m.record.needs {
		n := &x.symbols.list[id]
		e := x.provider(n)
		if e.module < 0 {
			x.resolveKernel(m, at, n, kernel)
			continue
		}
		if have := &x.symbols.list[e.symbol]; !n.weak && differ(n, have, kernel) && m.record.badVersions == nil {
			x.mismatch(m, at, n, x.modules[e.module].Name, have.crc)
		}
		if e.module != i && marks[e.module] != i+1 {
			marks[e.module] = i + 1
			m.deps = append(m.deps, e.module)
		}
	}
}

// provider finds the module that exports a needed symbol.
func (x *Index) provider(n *symbol) exporter { return x.exporters[x.neededAs[n.name]] }

// translate finds the names under which symbols are looked up and found.
func (x *Index) translate() {
	x.neededAs = x.translated(symtab.Needed)
	x.exportedAs = x.translated(symtab.Exported)
}

func (x *Index) translated(by func(name string, prefix byte) string) []uint32 {
	ids := make([]uint32, len(x.symbols.names))
	for i, name := range x.symbols.names {
		ids[i] = uint32(i)
		if known := by(name, x.prefix); known != name {
			ids[i] = x.symbols.name([]byte(known))
		}
	}
	return ids
}

// differ reports whether a symbol is needed in another version than it has. If
// the kernel's versions are known, every symbol must have one.
func differ(need, have *symbol, kernel *KernelSymbols) bool {
	if kernel != nil && kernel.versions {
		return need.crc != have.crc
	}
	return need.hasCRC && have.hasCRC && need.crc != have.crc
}

// resolveKernel checks a symbol that no module exports.
func (x *Index) resolveKernel(m *Module, at int, n *symbol, kernel *KernelSymbols) {
	if kernel == nil || n.weak {
		return
	}
	name, known := x.symbols.names[n.name], x.symbols.names[x.neededAs[n.name]]
	if !kernel.set.Has(known) && !symtab.Always(name) {
		note(&x.Report.Unresolved, &x.Report.Unlisted.Unresolved, Unresolved{m.Name, m.Path, shown(name, maxSymbol), at})
		return
	}
	crc, _ := kernel.set.CRC(known)
	if kernel.versions && n.crc != crc && m.record.badVersions == nil {
		x.mismatch(m, at, n, "", crc)
	}
}

func (x *Index) mismatch(m *Module, at int, n *symbol, by string, have uint32) {
	note(&x.Report.Mismatched, &x.Report.Unlisted.Mismatched,
		Mismatch{m.Name, m.Path, shown(x.symbols.names[n.name], maxSymbol), by, n.crc, have, at})
}
