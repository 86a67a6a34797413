package depmod

import (
	"bytes"
	"errors"

	"github.com/gokmod/gokmod/internal/elfmod"
)

// record is a module file's contribution to the indexes. Symbols are numbers in
// a table.
type record struct {
	aliases  []string
	softdeps []string
	weakdeps []string
	exports  []uint32
	needs    []uint32

	badVersions error // why the versions of needs are missing
}

// parser parses modules, one after another.
type parser struct {
	reader elfmod.Reader
	table  *symbols
	*record
	purse
	values           map[string]string // of the module, without repetitions
	exported, needed []symbol
	places           []uint32 // by name, its place in needed if that has it there
	room             int      // bytes that names from the symbol table may still take
}

// parse parses the image of a module, as parseELF does.
func (p *parser) parse(image []byte) (*record, error) {
	elf, err := p.reader.OpenBytes(image)
	if err != nil {
		return nil, err
	}
	return p.parseELF(elf)
}

// wanted reports whether a section has something for the indexes.
func wanted(s *elfmod.Section) bool {
	switch s.Name {
	case ".modinfo", ".symtab", ".strtab", "__ksymtab_strings", "__kcrctab", "__kcrctab_gpl",
		"__versions", "__version_ext_crcs", "__version_ext_names":
		return true
	}
	return false
}

// parseELF parses a module. The result does not refer to it. The error wraps ErrBudget
// if all modules together state too much.
func (p *parser) parseELF(elf *elfmod.File) (*record, error) {
	names, list := len(p.table.names), len(p.table.list)
	p.open()
	r, err := p.parts(elf)
	if err != nil && len(p.table.list) == list {
		p.table.cut(names)
		p.refund()
	}
	return r, err
}

// parts parses the parts of a module.
func (p *parser) parts(elf *elfmod.File) (*record, error) {
	p.record, p.exported, p.needed = &record{}, p.exported[:0], p.needed[:0]
	info, err := elf.Modinfo()
	if err == nil {
		err = p.fields(info)
	}
	if err == nil {
		err = p.symbols(elf)
	}
	if err == nil {
		p.exports, err = p.numbers(p.exported)
	}
	if err == nil {
		p.needs, err = p.numbers(p.needed)
	}
	if err != nil {
		return nil, err
	}
	return p.record, nil
}

// numbers returns the numbers of symbols in the table.
func (p *parser) numbers(list []symbol) ([]uint32, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids, known := make([]uint32, len(list)), len(p.table.list)
	for i, s := range list {
		ids[i] = p.table.id(s)
		if int(ids[i]) >= known {
			known = int(ids[i]) + 1
			if err := p.spend(symbolCost); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

// keptValues bounds the table of values that is reused for the next module.
const keptValues = 1 << 12

// fields takes the relevant strings of .modinfo, which are separated by NULs.
// There may be as many as in package modinfo.
func (p *parser) fields(info []byte) error {
	if p.values == nil || len(p.values) > keptValues {
		p.values = map[string]string{}
	}
	clear(p.values)
	for n := 0; len(info) > 0; {
		entry, rest, _ := bytes.Cut(info, []byte{0})
		info = rest
		if len(entry) == 0 {
			continue
		}
		if n++; n > elfmod.MaxFields {
			return elfmod.ErrFields
		}
		key, value, ok := bytes.Cut(entry, []byte("="))
		list := p.listOf(key)
		if !ok || list == nil {
			continue
		}
		kept, err := p.value(value)
		if err != nil {
			return err
		}
		*list = append(*list, kept)
	}
	return nil
}

// listOf returns the list for the values of a field, nil for an irrelevant one.
func (r *record) listOf(key []byte) *[]string {
	switch string(key) {
	case "alias":
		return &r.aliases
	case "softdep":
		return &r.softdeps
	case "weakdep":
		return &r.weakdeps
	}
	return nil
}

// value keeps a value, equal ones once.
func (p *parser) value(b []byte) (string, error) {
	if kept, known := p.values[string(b)]; known {
		return kept, p.spend(valueCost)
	}
	if err := p.spend(valueCost + distinctCost + len(b)); err != nil {
		return "", err
	}
	kept := string(b)
	p.values[kept] = kept
	return kept, nil
}

// symbols reads exports and needs from the symbol table.
func (p *parser) symbols(elf *elfmod.File) error {
	table, err := elf.Symbols()
	if err != nil {
		return err
	}
	// Names may overlap in a string table; keeping one many times over is an
	// attack on our memory. Compiler labels, which are never kept, do share one
	// name by the hundred thousand.
	p.room = 4*table.StringsSize() + 1<<16
	if err := table.Select(crcPrefix, func(s elfmod.Symbol) error { return p.symbol(elf, &s) }); err != nil {
		return err
	}
	if len(p.exported) == 0 {
		if err := p.plainExports(elf); err != nil {
			return err
		}
	}
	err = p.versions(elf)
	if errors.Is(err, errStates) || errors.Is(err, ErrBudget) {
		return err
	}
	p.badVersions = err
	return nil
}

// crcPrefix begins the names of symbols that hold the versions of exports.
const crcPrefix = "__crc_"

func (p *parser) symbol(elf *elfmod.File, s *elfmod.Symbol) error {
	switch {
	case s.Section == elfmod.SectionUndef:
		if len(s.Name) > 0 && !elf.IsRegister(s) {
			name, err := p.name(s.Name)
			if err != nil {
				return err
			}
			return p.need(symbol{name: name, weak: s.Weak()})
		}
	case len(s.Name) > len(crcPrefix):
		crc, err := elf.CRC(s.Value, s.Section, elf.DataAt)
		if err != nil {
			return err
		}
		name, err := p.name(s.Name[len(crcPrefix):])
		if err != nil {
			return err
		}
		return p.export(symbol{name: name, crc: crc, hasCRC: true})
	}
	return nil
}

// name keeps a name from the symbol table.
func (p *parser) name(name []byte) (uint32, error) {
	if p.room -= len(name); p.room < 0 {
		return 0, &elfmod.FormatError{Msg: "its symbol names overlap beyond reason"}
	}
	return p.keep(name)
}

// keep numbers a name.
func (p *parser) keep(name []byte) (uint32, error) {
	known := len(p.table.names)
	id := p.table.name(name)
	if int(id) < known {
		return id, nil
	}
	return id, p.spend(nameCost + len(name))
}

// need adds a needed symbol, and export an exported one.
func (p *parser) need(s symbol) error {
	p.needed = append(p.needed, s)
	return p.spend(referCost)
}

func (p *parser) export(s symbol) error {
	p.exported = append(p.exported, s)
	return p.spend(referCost)
}

// plainExports reads the exports of a module without symbol versions.
func (p *parser) plainExports(elf *elfmod.File) error {
	names, err := elf.NamedData("__ksymtab_strings")
	if err != nil {
		return err
	}
	for name := range bytes.SplitSeq(names, []byte{0}) {
		if len(name) == 0 {
			continue
		}
		id, err := p.keep(name)
		if err == nil {
			err = p.export(symbol{name: id})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// versions adds the versions of needed symbols. Usually their records are in
// the order of the symbol table.
func (p *parser) versions(elf *elfmod.File) error {
	next, placed := 0, false
	return elf.EachVersion(func(name []byte, crc uint32) error {
		id, err := p.keep(name)
		if err != nil {
			return err
		}
		at, ok := next, next < len(p.needed) && p.needed[next].name == id
		if !ok {
			if !placed {
				p.place(0)
				placed = true
			}
			at, ok = p.placeOf(id)
		}
		if !ok {
			at = len(p.needed)
			if err := p.need(symbol{name: id}); err != nil {
				return err
			}
			p.place(at)
		}
		p.needed[at].crc, p.needed[at].hasCRC = crc, true
		next = at + 1
		return nil
	})
}

// place notes the places of needed symbols from the given one on.
func (p *parser) place(from int) {
	if n := len(p.table.names); len(p.places) < n {
		p.places = append(p.places, make([]uint32, n-len(p.places))...)
	}
	for i, s := range p.needed[from:] {
		p.places[s.name] = uint32(from + i)
	}
}

// placeOf returns the place of a name in needed. Places of earlier modules, and of names
// that needed does not have, show by the symbol there.
func (p *parser) placeOf(name uint32) (at int, ok bool) {
	if int(name) >= len(p.places) {
		return 0, false
	}
	at = int(p.places[name])
	return at, at < len(p.needed) && p.needed[at].name == name
}
