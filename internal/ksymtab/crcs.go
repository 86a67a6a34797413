package ksymtab

import "github.com/gokmod/gokmod/internal/kernelimage"

// crcs are the versions of the symbols of a table.
type crcs struct {
	addr     uint64
	data     []byte
	entry    int  // size in bytes, 0 where there are no versions
	relative bool // an entry is the offset from itself to the version
}

// newCRCs are the versions of n symbols. The size of their table says of what kind they
// are.
func newCRCs(m *kernelimage.Memory, addr uint64, data []byte, n int) crcs {
	c := crcs{addr: addr, data: data}
	switch {
	case n > 0 && len(data) == 4*n:
		c.entry = 4
		c.relative = c.lead(m, n)
	case n > 0 && len(data) == 8*n && m.Word == 8:
		c.entry = 8
	}
	return c
}

// lead reports whether all entries are offsets to somewhere in the image: of versions,
// which are random numbers, hardly one in fifty is.
func (c *crcs) lead(m *kernelimage.Memory, n int) bool {
	some := false
	for i := range n {
		if off := m.Order.Uint32(c.data[4*i:]); off != 0 {
			if m.Span(c.target(i, off), 4) == nil {
				return false
			}
			some = true
		}
	}
	return some
}

// target is the address to which an entry leads.
func (c *crcs) target(i int, off uint32) uint64 {
	return c.addr + uint64(4*i) + uint64(int64(int32(off)))
}

// at returns the version of a symbol, unless the table has none. A version of 0 is that of
// a symbol for which the build made none.
func (c *crcs) at(m *kernelimage.Memory, i int) (crc uint32, ok bool) {
	switch c.entry {
	case 4:
		crc = m.Order.Uint32(c.data[4*i:])
	case 8:
		crc = uint32(m.Order.Uint64(c.data[8*i:]))
	default:
		return 0, false
	}
	if !c.relative || crc == 0 {
		return crc, true
	}
	return m.Order.Uint32(m.Span(c.target(i, crc), 4)), true
}
