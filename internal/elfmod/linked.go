package elfmod

import "io"

// Linked is an ELF file that a linker has made ready to run, such as a kernel.
type Linked struct {
	*File // without sections where the file has no section table that can be read

	// Segments are the parts of the file that are loaded, in the order of the file's
	// table.
	Segments []Segment

	most uint64 // bytes of a segment that are copied out of the file
}

// Segment is a part of a linked file that is loaded.
type Segment struct {
	Addr   uint64 // where its contents lie in memory
	Offset uint64 // in the file
	Size   uint64 // in the file
}

// loaded is the type of a program header.
const loaded = 1

// NewLinked reads the tables of a linked file of the given size. Their entries are
// as the file has them: Contents checks them, and that a segment has at most as many
// bytes as are given here. Tables and names stay within the bounds of other files: they
// are kept beside the contents.
func NewLinked(r io.ReaderAt, size, most int64) (*Linked, error) {
	return openLinked(source{r: r, size: uint64(max(size, 0))}, uint64(max(most, maxRead)))
}

// NewLinkedBytes is NewLinked for a file in memory, which contents then alias.
func NewLinkedBytes(b []byte) (*Linked, error) {
	return openLinked(source{bytes: b, size: uint64(len(b))}, 0)
}

func openLinked(src source, most uint64) (*Linked, error) {
	l := &Linked{File: &File{src: src}, most: most}
	h, err := l.readHeader()
	if err != nil {
		return nil, err
	}
	if typ := l.Order.Uint16(h[16:]); typ != typeExec && typ != typeDyn {
		return nil, formatErrorf(16, "ELF type %d is not a linked file", typ)
	}
	if err := l.readSegments(h); err != nil {
		return nil, err
	}
	if table, err := l.sectionTable(h); err != nil || l.readSections(table) != nil {
		l.Sections = nil
	}
	return l, nil
}

// readSegments reads the program headers, of which there are at most 65,535.
func (l *Linked) readSegments(h []byte) error {
	at, step, count, least := uint64(l.Order.Uint32(h[28:])), h[42:], h[44:], uint64(32)
	if l.Is64 {
		at, step, count, least = l.Order.Uint64(h[32:]), h[54:], h[56:], 56
	}
	size := uint64(l.Order.Uint16(step))
	if size < least {
		return formatErrorf(at, "program headers of %d bytes instead of %d", size, least)
	}
	table, err := l.src.slice(at, size*uint64(l.Order.Uint16(count)))
	if err != nil {
		return err
	}
	for ; len(table) > 0; table = table[size:] {
		if l.Order.Uint32(table) == loaded {
			l.Segments = append(l.Segments, l.parseSegment(table))
		}
	}
	return nil
}

func (l *Linked) parseSegment(b []byte) Segment {
	if l.Is64 {
		return Segment{Offset: l.Word(b[8:]), Addr: l.Word(b[16:]), Size: l.Word(b[32:])}
	}
	return Segment{Offset: l.Word(b[4:]), Addr: l.Word(b[8:]), Size: l.Word(b[16:])}
}

// Holds reports whether the file has all of a segment.
func (l *Linked) Holds(s Segment) bool { return l.src.has(s.Offset, s.Size) }

// Contents returns what a segment has in the file. The slice must not be changed, and
// aliases the file when that is in memory.
func (l *Linked) Contents(s Segment) ([]byte, error) { return l.src.within(s.Offset, s.Size, l.most) }
