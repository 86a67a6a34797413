package depmod

import (
	"bytes"

	"github.com/gokmod/gokmod/internal/elfmod"
)

// record is what one module file contributes to the indexes.
type record struct {
	names    *names // that number the symbols
	aliases  []string
	softdeps []string
	weakdeps []string
	exports  []symbol
	needs    []symbol
}

// symbol is a symbol that a module exports or needs, named as the module has it.
type symbol struct {
	name   uint32
	crc    uint32
	hasCRC bool
	weak   bool
}

// parse reads the image of a module. What it returns does not refer to it.
func parse(image []byte, n *names) (*record, error) {
	elf, err := elfmod.NewBytes(image)
	if err != nil {
		return nil, err
	}
	r := &record{names: n}
	info, err := elf.NamedData(".modinfo")
	if err != nil {
		return nil, err
	}
	r.fields(info)
	if err := r.symbols(elf); err != nil {
		return nil, err
	}
	return r, nil
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
func (r *record) symbols(elf *elfmod.File) error {
	table, err := elf.Symbols()
	if err != nil {
		return err
	}
	// Names may share their ends in a string table; one that is used many
	// times over is an attack on our memory.
	left := 4*table.StringsSize() + 1<<16
	for i := 1; i < table.Len(); i++ {
		s, err := table.At(i)
		if err != nil {
			return err
		}
		if left -= len(s.Name); left < 0 {
			return &elfmod.FormatError{Msg: "its symbol names overlap beyond reason"}
		}
		if err := r.symbol(elf, &s); err != nil {
			return err
		}
	}
	if len(r.exports) == 0 {
		if err := r.plainExports(elf); err != nil {
			return err
		}
	}
	return r.versions(elf)
}

// crcPrefix begins the names of the symbols that hold the versions of exports.
const crcPrefix = "__crc_"

func (r *record) symbol(elf *elfmod.File, s *elfmod.Symbol) error {
	switch {
	case s.Section == elfmod.SectionUndef:
		if len(s.Name) > 0 && !elf.IsRegister(s) {
			r.needs = append(r.needs, symbol{name: r.names.id(s.Name), weak: s.Weak()})
		}
	case len(s.Name) > len(crcPrefix) && string(s.Name[:len(crcPrefix)]) == crcPrefix:
		crc, err := elf.CRC(s.Value, s.Section, elf.DataAt)
		if err != nil {
			return err
		}
		r.exports = append(r.exports, symbol{name: r.names.id(s.Name[len(crcPrefix):]), crc: crc, hasCRC: true})
	}
	return nil
}

// plainExports takes the exports of a module without symbol versions.
func (r *record) plainExports(elf *elfmod.File) error {
	names, err := elf.NamedData("__ksymtab_strings")
	for name := range bytes.SplitSeq(names, []byte{0}) {
		if len(name) > 0 {
			r.exports = append(r.exports, symbol{name: r.names.id(name)})
		}
	}
	return err
}

// versions adds the versions of needed symbols. As a rule their records are in
// the order of the symbol table.
func (r *record) versions(elf *elfmod.File) error {
	at := 0
	return elf.EachVersion(func(name []byte, crc uint32) error {
		id := r.names.id(name)
		for range r.needs {
			if at++; at >= len(r.needs) {
				at = 0
			}
			if n := &r.needs[at]; n.name == id {
				n.crc, n.hasCRC = crc, true
				return nil
			}
		}
		r.needs = append(r.needs, symbol{name: id, crc: crc, hasCRC: true})
		return nil
	})
}
