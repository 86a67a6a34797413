package elfmod

import "bytes"

// Section types and special indexes used here.
const (
	typeNull     = 0
	typeSymtab   = 2
	typeNobits   = 8
	typeSymShndx = 18

	indexUndef  = 0
	indexXindex = 0xffff

	// SectionUndef and SectionAbs are the special values of Symbol.Section.
	SectionUndef = 0
	SectionAbs   = 0xfff1
)

// maxSections bounds the section table. Modules built with a section for each
// function have a few thousand.
const maxSections = 1 << 20

// maxName bounds the name of a section or symbol, so that many names that
// share one endless string cannot cost quadratic time.
const maxName = 4096

// Section is one entry of the section table, as it stands in the file.
type Section struct {
	Name   string
	Type   uint32
	Flags  uint64
	Addr   uint64 // 0 in relocatable files
	Offset uint64
	Size   uint64
	Link   uint32

	nameOff uint32
	flagsAt uint64 // file offset of sh_flags
}

func (f *File) sectionHeaderSize() uint64 {
	if f.Is64 {
		return 64
	}
	return 40
}

func (f *File) readSections(t sectionTable) error {
	size := f.sectionHeaderSize()
	if t.offset == 0 {
		return formatErrorf(0, "there is no section table")
	}
	if t.count == 0 || t.nameIdx == indexXindex {
		first, err := f.src.slice(t.offset, size)
		if err != nil {
			return err
		}
		f.extend(&t, f.parseSection(first, t.offset))
	}
	if t.count == 0 || t.count > maxSections {
		return formatErrorf(t.offset, "a section table of %d entries", t.count)
	}
	table, err := f.src.slice(t.offset, uint64(t.count)*size)
	if err != nil {
		return err
	}
	f.Sections = f.src.sections(t.count)
	for i := range f.Sections {
		at := uint64(i) * size
		f.Sections[i] = f.parseSection(table[at:at+size], t.offset+at)
	}
	return f.nameSections(t)
}

// extend takes the counts that do not fit the header from section 0.
func (f *File) extend(t *sectionTable, first Section) {
	if t.count == 0 {
		t.count = uint32(min(first.Size, maxSections+1))
	}
	if t.nameIdx == indexXindex {
		t.nameIdx = first.Link
	}
}

func (f *File) parseSection(b []byte, at uint64) Section {
	s := Section{nameOff: f.Order.Uint32(b), Type: f.Order.Uint32(b[4:]), flagsAt: at + 8}
	if f.Is64 {
		s.Flags, s.Addr, s.Offset, s.Size = f.Word(b[8:]), f.Word(b[16:]), f.Word(b[24:]), f.Word(b[32:])
		s.Link = f.Order.Uint32(b[40:])
		return s
	}
	s.Flags, s.Addr, s.Offset, s.Size = f.Word(b[8:]), f.Word(b[12:]), f.Word(b[16:]), f.Word(b[20:])
	s.Link = f.Order.Uint32(b[24:])
	return s
}

// nameSections fills in the names. They share one string.
func (f *File) nameSections(t sectionTable) error {
	if uint64(t.nameIdx) >= uint64(len(f.Sections)) {
		return formatErrorf(t.offset, "section names in section %d of %d", t.nameIdx, len(f.Sections))
	}
	data, err := f.Data(&f.Sections[t.nameIdx])
	if err != nil {
		return err
	}
	if len(data) > maxRead { // they are copied in any case
		return formatErrorf(t.offset, "section names of %d bytes are too large", len(data))
	}
	names := string(data)
	for i := range f.Sections {
		s := &f.Sections[i]
		if s.Type == typeNull {
			continue
		}
		if uint64(s.nameOff) >= uint64(len(names)) {
			return formatErrorf(s.flagsAt-8, "the name of section %d lies outside the name table", i)
		}
		end := cstringLen(data[s.nameOff:])
		if end < 0 {
			return formatErrorf(s.flagsAt-8, "the name of section %d has no end", i)
		}
		s.Name = names[s.nameOff : int(s.nameOff)+end]
	}
	return nil
}

// Section returns the first section of that name, or nil.
func (f *File) Section(name string) *Section {
	for i := range f.Sections {
		if f.Sections[i].Name == name && f.Sections[i].Type != typeNull {
			return &f.Sections[i]
		}
	}
	return nil
}

// Data returns the contents of a section. The slice must not be changed, and
// aliases the file when that is in memory. A section without contents in the
// file (.bss) is empty.
func (f *File) Data(s *Section) ([]byte, error) {
	if s.Type == typeNobits || s.Type == typeNull {
		return nil, nil
	}
	return f.src.slice(s.Offset, s.Size)
}

// DataAt returns the contents of the section with the given index.
func (f *File) DataAt(index uint32) ([]byte, error) {
	if uint64(index) >= uint64(len(f.Sections)) {
		return nil, formatErrorf(0, "section %d of %d is referred to", index, len(f.Sections))
	}
	return f.Data(&f.Sections[index])
}

// DataWithin is DataAt for a section of at most the given size: sections that
// overlap may have more bytes together than the file.
func (f *File) DataWithin(index uint32, most uint64) ([]byte, error) {
	if uint64(index) < uint64(len(f.Sections)) {
		if s := &f.Sections[index]; s.Type != typeNobits && s.Size > most {
			return nil, formatErrorf(s.Offset, "its sections overlap beyond reason")
		}
	}
	return f.DataAt(index)
}

// NamedData returns the contents of the first section of that name, nil when
// there is none.
func (f *File) NamedData(name string) ([]byte, error) {
	s := f.Section(name)
	if s == nil {
		return nil, nil
	}
	return f.Data(s)
}

// cstringLen returns the length of the NUL-terminated string at the start of b,
// -1 if it does not end within maxName bytes.
func cstringLen(b []byte) int {
	return bytes.IndexByte(b[:min(len(b), maxName)], 0)
}
