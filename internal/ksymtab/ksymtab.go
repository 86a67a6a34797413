package ksymtab

import (
	"errors"
	"iter"

	"github.com/gokmod/gokmod/internal/kernelimage"
)

// ErrNoTables means that a kernel has no tables of exported symbols that can be found.
var ErrNoTables = errors.New("its tables of exported symbols cannot be found")

// Symbol is what a kernel says of an exported symbol.
type Symbol struct {
	Name      string
	CRC       uint32 // the version
	HasCRC    bool
	GPLOnly   bool
	Namespace string
}

// Exports are the tables of exported symbols of a kernel.
type Exports struct {
	mem    *kernelimage.Memory
	tables []table
}

// add adds a table, unless it is empty.
func (e *Exports) add(t table) {
	if len(t.data) > 0 {
		e.tables = append(e.tables, t)
	}
}

// Len is the number of symbols.
func (e *Exports) Len() int {
	n := 0
	for i := range e.tables {
		n += e.tables[i].len(e.mem)
	}
	return n
}

// valid reports whether there are symbols, and all records lead to names, and to
// namespaces if they have one. Those of a kernel have fewer bytes together than the
// image, each counted as often as it is used.
func (e *Exports) valid() bool {
	left := e.mem.Size()
	for i := range e.tables {
		for at := range e.tables[i].len(e.mem) {
			name := e.tables[i].name(e.mem, at)
			namespace, ok := e.tables[i].namespace(e.mem, at)
			if left -= len(name) + len(namespace) + 1; name == nil || !ok || left < 0 {
				return false
			}
		}
	}
	return len(e.tables) > 0
}

// All yields the symbols in the order of the tables. Some kernels have the record of a
// symbol twice, one behind the other: the symbol comes once.
func (e *Exports) All() iter.Seq[Symbol] {
	return func(yield func(Symbol) bool) {
		namespaces, last := map[string]string{}, ""
		for i := range e.tables {
			for at := range e.tables[i].len(e.mem) {
				s := e.symbol(&e.tables[i], at, namespaces)
				if s.Name != last && !yield(s) {
					return
				}
				last = s.Name
			}
		}
	}
}

// symbol reads a record of a table. Namespaces repeat and are kept once.
func (e *Exports) symbol(t *table, i int, namespaces map[string]string) Symbol {
	s := Symbol{Name: string(t.name(e.mem, i)), GPLOnly: t.gplOnly(i)}
	s.CRC, s.HasCRC = t.crcs.at(e.mem, i)
	namespace, _ := t.namespace(e.mem, i)
	if len(namespace) == 0 {
		return s
	}
	known, seen := namespaces[string(namespace)]
	if !seen {
		known = string(namespace)
		namespaces[known] = known
	}
	s.Namespace = known
	return s
}
