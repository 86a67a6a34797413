package ksymtab

import "github.com/gokmod/gokmod/internal/kernelimage"

// table is a part of the kernel's memory that has one record after the other, with
// what the kernel keeps beside it.
type table struct {
	addr uint64
	data []byte
	form form
	gpl  bool // its symbols are for modules under the GPL only

	crcs  crcs
	flags []byte // one for each record, or none
}

// len is the number of records.
func (t *table) len(m *kernelimage.Memory) int { return len(t.data) / t.form.size(m) }

// record returns a record and its address.
func (t *table) record(m *kernelimage.Memory, i int) ([]byte, uint64) {
	size := t.form.size(m)
	return t.data[i*size:][:size], t.addr + uint64(i*size)
}

// name returns the name in a record, nil if that leads to none.
func (t *table) name(m *kernelimage.Memory, i int) []byte {
	record, addr := t.record(m, i)
	return symbolAt(m, t.form.name(m, record, addr))
}

// namespace returns the namespace in a record, empty if there is none. It is not ok if
// the record leads to something else.
func (t *table) namespace(m *kernelimage.Memory, i int) (text []byte, ok bool) {
	record, addr := t.record(m, i)
	at := t.form.namespace(m, record, addr)
	if at == 0 {
		return nil, true
	}
	text = m.String(at, maxName)
	return text, isNamespace(text)
}

// part returns some of a table.
func (t *table) part(m *kernelimage.Memory, from, to int) table {
	size := t.form.size(m)
	return table{addr: t.addr + uint64(from*size), data: t.data[from*size : to*size], form: t.form}
}

// flagGPLOnly is the flag of a symbol for modules under the GPL only.
const flagGPLOnly = 1

// gplOnly reports whether a symbol is for modules under the GPL only.
func (t *table) gplOnly(i int) bool {
	return t.gpl || i < len(t.flags) && t.flags[i]&flagGPLOnly != 0
}
