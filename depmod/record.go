package depmod

import (
	"bytes"

	"github.com/gokmod/gokmod/internal/elfmod"
)

// record is what one module file contributes to the indexes. The symbols are
// numbers of a table.
type record struct {
	aliases  []string
	softdeps []string
	weakdeps []string
	exports  []uint32
	needs    []uint32

	badVersions error // why there are no versions of needs
}

// parser reads modules, one after the other.
type parser struct {
	table *symbols
	*record
	exported, needed []symbol
	room             int // bytes that names from the symbol table may still take
}

// parse reads the image of a module. What it returns does not refer to it.
func (p *parser) parse(image []byte) (*record, error) {
	elf, err := elfmod.NewBytes(image)
	if err != nil {
		return nil, err
	}
	p.record, p.exported, p.needed = &record{}, p.exported[:0], p.needed[:0]
	info, err := elf.NamedData(".modinfo")
	if err != nil {
		return nil, err
	}
	p.fields(info)
	if err := p.symbols(elf); err != nil {
		return nil, err
	}
	p.exports, p.needs = p.numbers(p.exported), p.numbers(p.needed)
	return p.record, nil
}

// numbers are the numbers of symbols in the table.
func (p *parser) numbers(list []symbol) []uint32 {
	if len(list) == 0 {
		return nil
	}
	ids := make([]uint32, len(list))
	for i, s := range list {
		ids[i] = p.table.id(s)
	}
	return ids
}

// fields takes what counts from the NUL-separated strings of .modinfo.
func (r *record) fields(info []byte) {
	for len(info) > 0 {
		entry := info
		if end := bytes.IndexByte(info, 0); end >= 0 {
			entry, info = info[:end], info[end+1:]
		} else {
			info = nil
		}
		key, value, ok := bytes.Cut(entry, []byte("="))
		if !ok {
			continue
		}
		switch string(key) {
		case "alias":
			r.aliases = append(r.aliases, string(value))
		case "softdep":
			r.softdeps = append(r.softdeps, string(value))
		case "weakdep":
			r.weakdeps = append(r.weakdeps, string(value))
		}
	}
}

// symbols takes exports and needs from the symbol table.
func (p *parser) symbols(elf *elfmod.File) error {
	table, err := elf.Symbols()
	if err != nil {
		return err
	}
	// Names may share their ends in a string table; one that is kept many times
	// over is an attack on our memory. Labels of the compiler, which nobody
	// keeps, do share one name by the hundred thousand.
	p.room = 4*table.StringsSize() + 1<<16
	for i := 1; i < table.Len(); i++ {
		s, err := table.At(i)
		if err != nil {
			return err
		}
		if err := p.symbol(elf, &s); err != nil {
			return err
		}
	}
	if len(p.exported) == 0 {
		if err := p.plainExports(elf); err != nil {
			return err
		}
	}
	p.badVersions = p.versions(elf)
	return nil
}

// crcPrefix begins the names of the symbols that hold the versions of exports.
const crcPrefix = "__crc_"

func (p *parser) symbol(elf *elfmod.File, s *elfmod.Symbol) error {
	switch {
	case s.Section == elfmod.SectionUndef:
		if len(s.Name) > 0 && !elf.IsRegister(s) {
			name, err := p.name(s.Name)
			if err != nil {
				return err
			}
			p.needed = append(p.needed, symbol{name: name, weak: s.Weak()})
		}
	case len(s.Name) > len(crcPrefix) && string(s.Name[:len(crcPrefix)]) == crcPrefix:
		crc, err := elf.CRC(s.Value, s.Section, elf.DataAt)
		if err != nil {
			return err
		}
		name, err := p.name(s.Name[len(crcPrefix):])
		if err != nil {
			return err
		}
		p.exported = append(p.exported, symbol{name: name, crc: crc, hasCRC: true})
	}
	return nil
}

// name keeps a name from the symbol table.
func (p *parser) name(name []byte) (uint32, error) {
	if p.room -= len(name); p.room < 0 {
		return 0, &elfmod.FormatError{Msg: "its symbol names overlap beyond reason"}
	}
	return p.table.name(name), nil
}

// plainExports takes the exports of a module without symbol versions.
func (p *parser) plainExports(elf *elfmod.File) error {
	names, err := elf.NamedData("__ksymtab_strings")
	for name := range bytes.SplitSeq(names, []byte{0}) {
		if len(name) > 0 {
			p.exported = append(p.exported, symbol{name: p.table.name(name)})
		}
	}
	return err
}

// versions adds the versions of needed symbols. As a rule their records are in
// the order of the symbol table.
func (p *parser) versions(elf *elfmod.File) error {
	next := 0
	var places map[uint32]int // of names in needed, once the order is another
	return elf.EachVersion(func(name []byte, crc uint32) error {
		id := p.table.name(name)
		at, ok := next, next < len(p.needed) && p.needed[next].name == id
		if !ok {
			if places == nil {
				places = p.places()
			}
			at, ok = places[id]
		}
		if !ok {
			at = len(p.needed)
			p.needed = append(p.needed, symbol{name: id})
			places[id] = at
		}
		p.needed[at].crc, p.needed[at].hasCRC = crc, true
		next = at + 1
		return nil
	})
}

// places tells where names stand in needed.
func (p *parser) places() map[uint32]int {
	places := make(map[uint32]int, len(p.needed))
	for i, s := range p.needed {
		places[s.name] = i
	}
	return places
}
