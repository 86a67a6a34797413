package xz

import (
	"encoding/binary"
	"fmt"
)

// FilterID identifies a filter of a block.
type FilterID uint64

// The filters that this package decodes. All but LZMA2 and delta are for machine
// code: they replace the relative targets of calls with absolute ones.
const (
	FilterDelta    FilterID = 0x03
	FilterX86      FilterID = 0x04
	FilterPowerPC  FilterID = 0x05 // big-endian
	FilterIA64     FilterID = 0x06
	FilterARM      FilterID = 0x07
	FilterARMThumb FilterID = 0x08
	FilterSPARC    FilterID = 0x09
	FilterARM64    FilterID = 0x0A
	FilterRISCV    FilterID = 0x0B
	FilterLZMA2    FilterID = 0x21
)

// filterKind describes a supported filter.
type filterKind struct {
	name  string // the xz tool's name for it
	undo  func(data []byte, start uint32)
	align uint32 // of the start offset, in bytes
}

// filterKinds has the filters that this package decodes.
var filterKinds = [...]filterKind{
	FilterDelta:    {name: "delta"},
	FilterX86:      {"x86", undoX86, 1},
	FilterPowerPC:  {"powerpc", undoPowerPC, 4},
	FilterIA64:     {"ia64", undoIA64, ia64Bundle},
	FilterARM:      {"arm", undoARM, 4},
	FilterARMThumb: {"armthumb", undoARMThumb, 2},
	FilterSPARC:    {"sparc", undoSPARC, 4},
	FilterARM64:    {"arm64", undoARM64, 4},
	FilterRISCV:    {"riscv", undoRISCV, 2},
	FilterLZMA2:    {name: "lzma2"},
}

// kind returns the description of the filter, if it is supported.
func (id FilterID) kind() (k filterKind, known bool) {
	if id < FilterID(len(filterKinds)) {
		k = filterKinds[id]
	}
	return k, k.name != ""
}

// String returns the name that the xz tool uses, or the number in hexadecimal.
func (id FilterID) String() string {
	if k, known := id.kind(); known {
		return k.name
	}
	return fmt.Sprintf("filter 0x%X", uint64(id))
}

// Filter is one filter of a block.
type Filter struct {
	ID          FilterID
	DictSize    uint32 // of LZMA2, in bytes
	Distance    uint32 // of delta, in bytes
	StartOffset uint32 // of machine code filters: the address of the block's first byte
}

// undo reverts the filter in place. data is a whole block.
func (f *Filter) undo(data []byte) {
	if f.ID == FilterDelta {
		undoDelta(data, int(f.Distance))
		return
	}
	filterKinds[f.ID].undo(data, f.StartOffset)
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

// setProperties interprets the properties of a filter and reports whether they
// are valid, which those of an unknown filter are not.
func (f *Filter) setProperties(props []byte) (ok bool) {
	switch f.ID {
	case FilterLZMA2:
		if len(props) != 1 || props[0] > 40 {
			return false
		}
		f.DictSize = dictSize(props[0])
		return true
	case FilterDelta:
		if len(props) != 1 {
			return false
		}
		f.Distance = uint32(props[0]) + 1
		return true
	}
	kind, known := f.ID.kind()
	if len(props) == 4 {
		f.StartOffset = binary.LittleEndian.Uint32(props)
	}
	return known && (len(props) == 0 || len(props) == 4 && f.StartOffset%kind.align == 0)
}

// dictSize decodes the dictionary size of LZMA2 in bytes: two or three times a
// power of two, except for the largest value.
func dictSize(bits byte) uint32 {
	if bits == 40 {
		return 1<<32 - 1
	}
	return (2 | uint32(bits&1)) << (bits/2 + 11)
}
