package ksymtab

import "github.com/gokmod/gokmod/internal/kernelimage"

// form is how a kernel keeps the record of an exported symbol: its value, its name and
// its namespace.
type form struct {
	relative bool // 32-bit offsets from the field itself, not pointers
	fields   int  // 3; before Linux 5.4 there are no namespaces, and 2
}

// forms are all that there are, in the order of how common they are.
var forms = [...]form{{true, 3}, {false, 3}, {true, 2}, {false, 2}}

// field is the size of a field in bytes.
func (f form) field(m *kernelimage.Memory) int {
	if f.relative {
		return 4
	}
	return m.Word
}

// size is the size of a record in bytes.
func (f form) size(m *kernelimage.Memory) int { return f.fields * f.field(m) }

// target returns the address in a field of the record that lies at an address, 0 for
// none.
func (f form) target(m *kernelimage.Memory, record []byte, addr uint64, field int) uint64 {
	at := field * f.field(m)
	if !f.relative {
		return m.Pointer(record[at:])
	}
	off := m.Order.Uint32(record[at:])
	if off == 0 {
		return 0
	}
	target := addr + uint64(at) + uint64(int64(int32(off)))
	if m.Word == 4 {
		target &= 1<<32 - 1
	}
	return target
}

// name is the address of a record's name.
func (f form) name(m *kernelimage.Memory, record []byte, addr uint64) uint64 {
	return f.target(m, record, addr, 1)
}

// namespace is the address of a record's namespace, 0 for none.
func (f form) namespace(m *kernelimage.Memory, record []byte, addr uint64) uint64 {
	if f.fields < 3 {
		return 0
	}
	return f.target(m, record, addr, 2)
}
