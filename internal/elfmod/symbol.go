package elfmod

import (
	"bytes"
	"strings"
)

// Symbol bindings and types used by modules.
const (
	BindWeak          = 2
	TypeSPARCRegister = 13
)

// Symbol is one entry of the symbol table.
type Symbol struct {
	Name    []byte // aliases the string table
	Value   uint64
	Section uint32 // section index, SectionUndef or SectionAbs
	Info    byte
}

// Weak reports whether the symbol may stay undefined.
func (s *Symbol) Weak() bool { return s.Info>>4 == BindWeak }

// Type is the symbol type (STT_ values).
func (s *Symbol) Type() byte { return s.Info & 0xf }

// SymbolTable is the static symbol table with its strings.
type SymbolTable struct {
	f       *File
	symbols []byte
	names   []byte
	shndx   []byte // extended section indexes, 4 bytes an entry, or nil
	entsize int
	at      uint64 // file offset, for errors
}

// Symbols returns the symbol table. A file without one has an empty table.
func (f *File) Symbols() (*SymbolTable, error) {
	t := &SymbolTable{f: f, entsize: 16}
	if f.Is64 {
		t.entsize = 24
	}
	idx := f.symtabIndex()
	if idx < 0 {
		return t, nil
	}
	s := &f.Sections[idx]
	if s.Size%uint64(t.entsize) != 0 {
		return nil, formatErrorf(s.Offset, "a symbol table of %d bytes is not a multiple of %d", s.Size, t.entsize)
	}
	if uint64(s.Link) >= uint64(len(f.Sections)) {
		return nil, formatErrorf(s.Offset, "the symbol table's strings are in section %d of %d", s.Link, len(f.Sections))
	}
	var err error
	if t.symbols, err = f.Data(s); err != nil {
		return nil, err
	}
	if t.names, err = f.Data(&f.Sections[s.Link]); err != nil {
		return nil, err
	}
	if t.shndx, err = f.extendedIndexes(uint32(idx)); err != nil {
		return nil, err
	}
	t.at = s.Offset
	return t, nil
}

// HasSymbols reports whether there is a symbol table.
func (f *File) HasSymbols() bool { return f.symtabIndex() >= 0 }

func (f *File) symtabIndex() int {
	for i := range f.Sections {
		if f.Sections[i].Type == typeSymtab {
			return i
		}
	}
	return -1
}

func (f *File) extendedIndexes(symtab uint32) ([]byte, error) {
	for i := range f.Sections {
		if s := &f.Sections[i]; s.Type == typeSymShndx && s.Link == symtab {
			return f.Data(s)
		}
	}
	return nil, nil
}

// Len is the number of entries, the empty one at index 0 included.
func (t *SymbolTable) Len() int { return len(t.symbols) / t.entsize }

// At returns entry i. It fails when the name lies outside the string table.
func (t *SymbolTable) At(i int) (Symbol, error) {
	b := t.symbols[i*t.entsize:][:t.entsize]
	order := t.f.Order
	var s Symbol
	var shndx uint16
	if t.f.Is64 {
		s.Info, shndx, s.Value = b[4], order.Uint16(b[6:]), order.Uint64(b[8:])
	} else {
		s.Value, s.Info, shndx = uint64(order.Uint32(b[4:])), b[12], order.Uint16(b[14:])
	}
	s.Section = uint32(shndx)
	if shndx == indexXindex {
		if len(t.shndx) < 4*i+4 {
			return s, t.errorf(i, "has no extended section index")
		}
		s.Section = order.Uint32(t.shndx[4*i:])
	}
	name := uint64(order.Uint32(b))
	if name == 0 {
		return s, nil
	}
	if name >= uint64(len(t.names)) {
		return s, t.errorf(i, "has its name outside the string table")
	}
	end := cstringLen(t.names[name:])
	if end < 0 {
		return s, t.errorf(i, "has a name without end")
	}
	s.Name = t.names[name:][:end:end]
	return s, nil
}

// Select calls fn for the undefined symbols, and for those whose names begin with
// prefix, until it fails. The names of all others are checked as by At.
func (t *SymbolTable) Select(prefix string, fn func(Symbol) error) error {
	ended := t.namesEnd()
	for i := 1; i < t.Len(); i++ {
		if ended && t.passedOver(i, prefix) {
			continue
		}
		s, err := t.At(i)
		if err != nil {
			return err
		}
		if s.Section != SectionUndef && !strings.HasPrefix(string(s.Name), prefix) {
			continue
		}
		if err := fn(s); err != nil {
			return err
		}
	}
	return nil
}

// passedOver reports whether it shows at a glance that entry i is a defined symbol with
// a name in the table that does not begin with prefix.
func (t *SymbolTable) passedOver(i int, prefix string) bool {
	b := t.symbols[i*t.entsize:][:t.entsize]
	section := b[14:]
	if t.f.Is64 {
		section = b[6:]
	}
	index, name := t.f.Order.Uint16(section), uint64(t.f.Order.Uint32(b))
	return index != indexUndef && index != indexXindex && name < uint64(len(t.names)) &&
		!bytes.HasPrefix(t.names[name:], []byte(prefix))
}

// namesEnd reports whether every string of the string table, from whatever byte, ends
// within maxName bytes.
func (t *SymbolTable) namesEnd() bool {
	for rest := t.names; len(rest) > 0; {
		end := bytes.LastIndexByte(rest[:min(len(rest), maxName)], 0)
		if end < 0 {
			return false
		}
		rest = rest[end+1:]
	}
	return true
}

func (t *SymbolTable) errorf(i int, msg string) error {
	return formatErrorf(t.at+uint64(i*t.entsize), "symbol %d %s", i, msg)
}

// StringsSize is the size of the string table in bytes, the base for bounds on
// memory taken for names.
func (t *SymbolTable) StringsSize() int { return len(t.names) }
