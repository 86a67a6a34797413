package ksymtab

import "github.com/gokmod/gokmod/internal/kernelimage"

// kinds are the tables of records, in the order of memory: the end of their sections'
// names, and whether their symbols are for modules under the GPL only.
var kinds = [...]struct {
	name string
	gpl  bool
}{{"", false}, {"_gpl", true}, {"_unused", false}, {"_unused_gpl", true}, {"_gpl_future", false}}

// place finds a table by its name, such as "ksymtab_gpl". A table that does not exist is
// empty; it is not ok if it exists and is not in memory.
type place func(name string) (data []byte, addr uint64, ok bool)

// fromSections finds the tables of an ELF kernel by the names of its sections, nil where
// it has none, or none with what they should have.
func fromSections(m *kernelimage.Memory) *Exports {
	if m.Linked == nil {
		return nil
	}
	for _, f := range forms {
		if e := placed(m, f, func(name string) ([]byte, uint64, bool) { return section(m, "__"+name) }); e != nil {
			return e
		}
	}
	return nil
}

// section returns what a section has in memory.
func section(m *kernelimage.Memory, name string) (data []byte, addr uint64, ok bool) {
	s := m.Linked.Section(name)
	if s == nil || s.Size == 0 {
		return nil, 0, true
	}
	data = m.Span(s.Addr, s.Size)
	return data, s.Addr, data != nil
}

// placed makes the exports of tables whose places are known, nil if they are not tables
// of records of that form.
func placed(m *kernelimage.Memory, f form, find place) *Exports {
	e := &Exports{mem: m}
	for _, kind := range kinds {
		data, addr, ok := find("ksymtab" + kind.name)
		crcs, at, found := find("kcrctab" + kind.name)
		if !ok || !found || len(data)%f.size(m) != 0 {
			return nil
		}
		t := table{addr: addr, data: data, form: f, gpl: kind.gpl}
		t.crcs = newCRCs(m, at, crcs, t.len(m))
		if len(crcs) > 0 && t.crcs.entry == 0 {
			return nil
		}
		e.add(t)
	}
	flags, _, ok := find("kflagstab")
	if !ok || !e.valid() || len(flags) > 0 && (len(e.tables) > 1 || len(flags) < e.Len()) {
		return nil
	}
	e.tables[0].flags = flags
	return e
}
