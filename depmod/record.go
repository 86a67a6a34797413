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
	table *symbols
	*record
	purse
	values           map[string]string // of the module, without repetitions
	exported, needed []symbol
	room             int // bytes that names from the symbol table may still take
}

// parse parses the image of a module. The result does not refer to it. The error
// wraps ErrBudget if all modules together state too much.
func (p *parser) parse(image []byte) (*record, error) {
	names, list := len(p.table.names), len(p.table.list)
	p.open()
	r, err := p.parseImage(image)
	if err != nil && len(p.table.list) == list {
		p.table.cut(names)
		p.refund()
	}
	return r, err
}

func (p *parser) parseImage(image []byte) (*record, error) {
	elf, err := elfmod.NewBytes(image)
	if err != nil {
		return nil, err
	}
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
	case len(s.Name) > len(crcPrefix) && string(s.Name[:len(crcPrefix)]) == crcPrefix:
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
	next := 0
	var places map[uint32]int // of names in needed, once the order differs
	return elf.EachVersion(func(name []byte, crc uint32) error {
		id, err := p.keep(name)
		if err != nil {
			return err
		}
		at, ok := next, next < len(p.needed) && p.needed[next].name == id
		if !ok {
			if places == nil {
				places = p.places()
			}
			at, ok = places[id]
		}
		if !ok {
			at = len(p.needed)
			if err := p.need(symbol{name: id}); err != nil {
				return err
			}
			places[id] = at
		}
		p.needed[at].crc, p.needed[at].hasCRC = crc, true
		next = at + 1
		return nil
	})
}

// places returns the index of each name in needed.
func (p *parser) places() map[uint32]int {
	places := make(map[uint32]int, len(p.needed))
	for i, s := range p.needed {
		places[s.name] = i
	}
	return places
}
