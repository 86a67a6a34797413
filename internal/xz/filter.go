package xz

import (
	"encoding/binary"
	"fmt"
)

// FilterID identifies a filter of a block.
type FilterID uint64

// The filters that this package decodes.
const (
	FilterX86   FilterID = 0x04
	FilterLZMA2 FilterID = 0x21
)

// filterNames has the names that the xz tool uses.
var filterNames = map[FilterID]string{
	0x03: "delta", FilterX86: "x86", 0x05: "powerpc", 0x06: "ia64", 0x07: "arm", 0x08: "armthumb",
	0x09: "sparc", 0x0A: "arm64", 0x0B: "riscv", FilterLZMA2: "lzma2",
}

// String returns the name that the xz tool uses, or the number in hexadecimal.
func (id FilterID) String() string {
	if name, ok := filterNames[id]; ok {
		return name
	}
	return fmt.Sprintf("filter 0x%X", uint64(id))
}

// Filter is one filter of a block.
type Filter struct {
	ID          FilterID
	DictSize    uint32 // of LZMA2, in bytes
	StartOffset uint32 // of x86: the address of the block's first byte
}

// readFilter reads one filter's identity and properties.
func readFilter(c *cursor) (f Filter, props []byte) {
	f.ID = FilterID(c.number())
	size := c.number()
	if size > int64(len(c.b)) {
		size = int64(len(c.b))
	}
	return f, c.bytes(int(size))
}

// setProperties interprets the properties of a supported filter.
func (f *Filter) setProperties(props []byte) (ok bool) {
	switch f.ID {
	case FilterX86:
		if len(props) == 4 {
			f.StartOffset = binary.LittleEndian.Uint32(props)
		}
		return len(props) == 0 || len(props) == 4
	case FilterLZMA2:
		if len(props) != 1 || props[0] > 40 {
			return false
		}
		f.DictSize = dictSize(props[0])
		return true
	}
	return false
}

// dictSize decodes the dictionary size of LZMA2, in bytes: two or three times a
// power of two, the largest value excepted.
func dictSize(bits byte) uint32 {
	if bits == 40 {
		return 1<<32 - 1
	}
	return (2 | uint32(bits&1)) << (bits/2 + 11)
}
