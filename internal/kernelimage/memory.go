package kernelimage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/openfile"
)

// Memory is what an unpacked kernel puts into the machine's memory, as far as it has
// contents. It is safe for concurrent use.
type Memory struct {
	Machine Machine          // zero where the image does not say
	Order   binary.ByteOrder // little-endian where the machine is not known
	Word    int              // size of a pointer in bytes, 8 where the machine is not known

	// Parts are the ranges that have contents. There is one for an image without
	// headers: it begins at an address that the image does not state, and is 0.
	Parts []Part

	// Linked are the tables of an ELF file, nil for other images.
	Linked *elfmod.Linked

	release string
}

// Part is a range of memory.
type Part struct {
	Addr uint64
	Data []byte
}

// newMemory is the memory of an image without headers.
func newMemory(image []byte, m Machine) *Memory {
	word := 8
	if m.Number != 0 && !m.Is64 {
		word = 4
	}
	return &Memory{Machine: m, Order: m.order(), Word: word, Parts: []Part{{Data: image}}}
}

// maxParts bounds the parts of an ELF file, which are searched one after the other. A
// kernel has less than a dozen.
const maxParts = 64

// linkedMemory is the memory of an ELF file of size bytes. Its segments together may have
// as many as the limit says. It is nil for a file that no linker makes: with segments that
// have more bytes together than the file, as they overlap, or with too many of them.
func linkedMemory(elf *elfmod.Linked, size, limit int64) (*Memory, error) {
	segments := slices.DeleteFunc(slices.Clone(elf.Segments), func(s elfmod.Segment) bool { return s.Size == 0 })
	total := uint64(0)
	for _, s := range segments {
		if !elf.Holds(s) {
			return nil, ErrCut
		}
		if total += s.Size; total > uint64(size) {
			return nil, nil
		}
	}
	if len(segments) > maxParts {
		return nil, nil
	}
	if total > uint64(limit) {
		return nil, errTooLarge(limit)
	}
	mem := &Memory{Order: elf.Order, Word: elf.WordSize(), Linked: elf}
	mem.Machine = Machine{elf.Machine, elf.Is64, elf.Order.Uint16([]byte{0, 1}) == 1}
	for _, s := range segments {
		data, err := elf.Contents(s)
		if err != nil {
			return nil, contentsError(err)
		}
		mem.Parts = append(mem.Parts, Part{s.Addr, data})
	}
	return mem, nil
}

// contentsError tells a file that ends early from a failure to read it.
func contentsError(err error) error {
	if errors.Is(err, elfmod.ErrFormat) {
		return ErrCut
	}
	return openfile.Cause(err)
}

// From returns the memory from an address to the end of its part, nil outside.
func (m *Memory) From(addr uint64) []byte {
	if m.Word == 4 {
		addr &= 1<<32 - 1
	}
	for i := range m.Parts {
		if off := addr - m.Parts[i].Addr; off < uint64(len(m.Parts[i].Data)) {
			return m.Parts[i].Data[off:]
		}
	}
	return nil
}

// Span returns n bytes of memory, nil if some of them have no contents.
func (m *Memory) Span(addr, n uint64) []byte {
	b := m.From(addr)
	if uint64(len(b)) < n {
		return nil
	}
	return b[:n:n]
}

// Size is the number of bytes that have contents.
func (m *Memory) Size() int {
	n := 0
	for i := range m.Parts {
		n += len(m.Parts[i].Data)
	}
	return n
}

// Pointer reads a pointer of the machine from the start of b.
func (m *Memory) Pointer(b []byte) uint64 {
	if m.Word == 4 {
		return uint64(m.Order.Uint32(b))
	}
	return m.Order.Uint64(b)
}

// String returns the NUL-terminated string at an address, nil if it has no end within
// so many bytes.
func (m *Memory) String(addr uint64, most int) []byte {
	b := m.From(addr)
	if end := bytes.IndexByte(b[:min(len(b), most)], 0); end >= 0 {
		return b[:end]
	}
	return nil
}
