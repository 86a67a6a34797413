package ksymtab

// fewPadding is below how many bytes what lies between records and strings is nothing but
// padding.
const fewPadding = 8

// findTail finds the versions and the flags in the memory between the last record and
// the first string, by the room that is there. It reports whether that is the room for
// all records: in an image that was cut, those whose names are gone are not found.
func (e *Exports) findTail() bool {
	last := &e.tables[len(e.tables)-1]
	from := last.addr + uint64(len(last.data))
	gap, n := e.strings()-from, uint64(e.Len())
	if gap > uint64(e.mem.Size()) {
		return false
	}
	if gap < fewPadding {
		return true
	}
	entry := gap / n
	if gap%n >= entry { // more than padding: there is one for another record
		return false
	}
	switch {
	case entry == 1:
		e.setFlags(from)
	case entry == 4:
		e.setCRCs(from, 4)
	case entry == 5:
		e.setCRCs(from, 4)
		e.setFlags(from + 4*n)
	case entry == 8 && e.mem.Word == 8:
		e.setCRCs(from, 8)
	default:
		return false
	}
	return true
}

// strings returns the lowest address of a name or namespace.
func (e *Exports) strings() uint64 {
	lowest := ^uint64(0)
	for i := range e.tables {
		t := &e.tables[i]
		for at := range t.len(e.mem) {
			record, addr := t.record(e.mem, at)
			lowest = min(lowest, t.form.name(e.mem, record, addr))
			if ns := t.form.namespace(e.mem, record, addr); ns != 0 {
				lowest = min(lowest, ns)
			}
		}
	}
	return lowest
}

// setCRCs gives the tables the versions from an address on.
func (e *Exports) setCRCs(addr uint64, entry int) {
	for i := range e.tables {
		n := e.tables[i].len(e.mem)
		size := uint64(entry * n)
		e.tables[i].crcs = newCRCs(e.mem, addr, e.mem.Span(addr, size), n)
		addr += size
	}
}

// setFlags gives the only table its flags, which say what is for the GPL only.
func (e *Exports) setFlags(addr uint64) {
	if len(e.tables) == 1 {
		e.tables[0].flags = e.mem.Span(addr, uint64(e.Len()))
	}
}
