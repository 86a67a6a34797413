package elfmod

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Values of the ELF header that matter to modules.
const (
	magic      = "\x7fELF"
	typeRel    = 1
	typeExec   = 2
	typeDyn    = 3
	headerSize = 64 // of the 64-bit form, the larger one

	MachineSPARC       = 2
	MachineSPARC32Plus = 18
	MachineSPARCV9     = 43
)

// File is an ELF relocatable file. It is immutable and safe for concurrent
// use as long as the underlying reader is.
type File struct {
	Is64     bool
	Order    binary.ByteOrder
	Machine  uint16 // e_machine
	Sections []Section

	src source
}

// New reads header and section table of a file of the given size.
func New(r io.ReaderAt, size int64) (*File, error) {
	return open(source{r: r, size: uint64(max(size, 0))})
}

// NewBytes is New for a file in memory. The section data then alias b.
func NewBytes(b []byte) (*File, error) {
	return open(source{bytes: b, size: uint64(len(b))})
}

func open(src source) (*File, error) {
	f := &File{src: src}
	h, err := f.readHeader()
	if err != nil {
		return nil, err
	}
	if typ := f.Order.Uint16(h[16:]); typ != typeRel {
		return nil, formatErrorf(16, "ELF type %d is not a relocatable file", typ)
	}
	table, err := f.sectionTable(h)
	if err != nil {
		return nil, err
	}
	if err := f.readSections(table); err != nil {
		return nil, err
	}
	return f, nil
}

// sectionTable is what the header tells about the section headers.
type sectionTable struct {
	offset         uint64
	count, nameIdx uint32
}

// readHeader reads the ELF header, and takes from it what all files have.
func (f *File) readHeader() ([]byte, error) {
	switch {
	case f.src.size == 0:
		return nil, ErrEmpty
	case f.src.size < 4:
		return nil, &FormatError{Msg: fmt.Sprintf("the file has only %d bytes", f.src.size), notELF: true}
	}
	h, err := f.src.slice(0, min(f.src.size, headerSize))
	if err != nil {
		return nil, err
	}
	if string(h[:4]) != magic {
		return nil, &FormatError{Msg: "it does not begin as an ELF file", notELF: true}
	}
	if err := f.readIdent(h); err != nil {
		return nil, err
	}
	f.Machine = f.Order.Uint16(h[18:])
	return h, nil
}

// sectionTable reads from the header where the section headers are.
func (f *File) sectionTable(h []byte) (sectionTable, error) {
	var t sectionTable
	u16 := f.Order.Uint16
	entsize, at := u16(h[46:]), uint64(46)
	t.offset, t.count, t.nameIdx = uint64(f.Order.Uint32(h[32:])), uint32(u16(h[48:])), uint32(u16(h[50:]))
	if f.Is64 {
		entsize, at = u16(h[58:]), 58
		t.offset, t.count, t.nameIdx = f.Order.Uint64(h[40:]), uint32(u16(h[60:])), uint32(u16(h[62:]))
	}
	if uint64(entsize) != f.sectionHeaderSize() {
		return t, formatErrorf(at, "section headers of %d bytes instead of %d", entsize, f.sectionHeaderSize())
	}
	return t, nil
}

// readIdent takes class and byte order from the first bytes of h, and checks
// that h has a whole header of that class.
func (f *File) readIdent(h []byte) error {
	need := 52
	if len(h) < need {
		return formatErrorf(uint64(len(h)), "the ELF header is cut off")
	}
	switch h[4] {
	case 1:
	case 2:
		f.Is64, need = true, headerSize
	default:
		return formatErrorf(4, "unknown ELF class %d", h[4])
	}
	switch h[5] {
	case 1:
		f.Order = binary.LittleEndian
	case 2:
		f.Order = binary.BigEndian
	default:
		return formatErrorf(5, "unknown ELF byte order %d", h[5])
	}
	if len(h) < need {
		return formatErrorf(uint64(len(h)), "the ELF header is cut off")
	}
	return nil
}

// WordSize is the size of an unsigned long of the module's machine in bytes.
func (f *File) WordSize() int {
	if f.Is64 {
		return 8
	}
	return 4
}

// Word reads an unsigned long of the module's machine from the start of b,
// which must have WordSize bytes.
func (f *File) Word(b []byte) uint64 {
	if f.Is64 {
		return f.Order.Uint64(b)
	}
	return uint64(f.Order.Uint32(b))
}
