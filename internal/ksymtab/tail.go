package ksymtab

// slack is by how many bytes what lies between the records and the strings may be
// larger than versions and flags, for their alignment.
const slack = 16

// findTail finds the versions and the flags in the memory between the last record and
// the first string, by the room that is there.
func (e *Exports) findTail() {
	m, n := e.mem, e.Len()
	last := &e.tables[len(e.tables)-1]
	from := last.addr + uint64(len(last.data))
	gap := e.strings() - from
	fits := func(entry int) bool {
		need := uint64(entry * n)
		return gap >= need && gap < need+slack
	}
	switch {
	case n <= slack || gap > uint64(m.Size()):
	case fits(1):
		e.setFlags(from)
	case fits(4):
		e.setCRCs(from, 4)
	case fits(5):
		e.setCRCs(from, 4)
		e.setFlags(from + uint64(4*n))
	case fits(8) && m.Word == 8:
		e.setCRCs(from, 8)
	}
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
