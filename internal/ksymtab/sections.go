package ksymtab

import "github.com/gokmod/gokmod/internal/kernelimage"

// kinds are the tables of records, in the order of memory: the end of their sections'
// names, and whether their symbols are for modules under the GPL only.
var kinds = [...]struct {
	name string
	gpl  bool
}{{"", false}, {"_gpl", true}, {"_unused", false}, {"_unused_gpl", true}, {"_gpl_future", false}}

// fromSections finds the tables of an ELF kernel by the names of its sections, nil where
// it has none, or none with what they should have.
func fromSections(m *kernelimage.Memory) *Exports {
	if m.Linked == nil {
		return nil
	}
	contents := func(name string) (data []byte, addr uint64) {
		if s := m.Linked.Section(name); s != nil {
			return m.Span(s.Addr, s.Size), s.Addr
		}
		return nil, 0
	}
	for _, f := range forms {
		e := &Exports{mem: m}
		for _, kind := range kinds {
			t := table{form: f, gpl: kind.gpl}
			t.data, t.addr = contents("__ksymtab" + kind.name)
			if len(t.data)%f.size(m) != 0 {
				break
			}
			crcs, at := contents("__kcrctab" + kind.name)
			t.crcs = newCRCs(m, at, crcs, t.len(m))
			e.add(t)
		}
		if flags, _ := contents("__kflagstab"); len(e.tables) == 1 {
			e.tables[0].flags = flags
		}
		if e.valid() {
			return e
		}
	}
	return nil
}
