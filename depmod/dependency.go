package depmod

import "iter"

// Dependency says that a module needs another one.
type Dependency struct {
	Module *Module
	Symbol string // the first symbol of By that Module needs, as By exports it
	By     *Module
	At     int // the symbol's index among those that the module needs
}

// Dependencies yields which module needs which directly: module by module in the
// order of the index, and for each in the order in which its symbols name the
// others. The modules must not be changed.
func (x *Index) Dependencies() iter.Seq[Dependency] {
	return func(yield func(Dependency) bool) {
		named := make([]int, len(x.modules)) // the last module that named it, plus one
		for i := range x.modules {
			m := &x.modules[i]
			for at, id := range m.record.needs {
				n := &x.symbols.list[id]
				e := x.provider(n)
				if e.module < 0 || int(e.module) == i || named[e.module] == i+1 {
					continue
				}
				named[e.module] = i + 1
				if !yield(Dependency{m, x.symbols.names[x.neededAs[n.name]], &x.modules[e.module], at}) {
					return
				}
			}
		}
	}
}

// DuplicateAlias is an alias that a module states more than once.
type DuplicateAlias struct {
	Module string
	Alias  string // as in modules.alias.bin, with "_" for "-"
}

// DuplicateAliases yields the aliases that a module states more than once, in the
// order of the index: one that it states three times comes twice.
func (x *Index) DuplicateAliases() iter.Seq[DuplicateAlias] {
	return func(yield func(DuplicateAlias) bool) {
		seen := map[string]bool{}
		for i := range x.modules {
			clear(seen)
			for _, pattern := range x.modules[i].Aliases {
				alias := key(pattern)
				if seen[alias] && !yield(DuplicateAlias{x.modules[i].Name, alias}) {
					return
				}
				seen[alias] = true
			}
		}
	}
}
