package depmod

import (
	"slices"
	"strings"
)

// symbol is a symbol that a module exports or needs, named as the module has it.
type symbol struct {
	name   uint32 // index in symbols.names
	crc    uint32
	hasCRC bool
	weak   bool
}

// symbols numbers the symbols of modules, with each name, and each combination
// with a version, kept once: a tree names some twenty thousand symbols two
// hundred thousand times, nearly always in the same version.
type symbols struct {
	names []string
	ids   map[string]uint32 // of names; nil until first needed

	ascending int // how many names, from the first, are known to be in order

	list   []symbol
	first  []uint32          // by name: 1 + the number of the first symbol with it
	others map[symbol]uint32 // numbers of the symbols that are not the first
}

// name returns the number of a name. It keeps no reference to b.
func (s *symbols) name(b []byte) uint32 {
	if id, known := s.index()[string(b)]; known {
		return id
	}
	return s.addName(string(b))
}

// index is the map of the names.
func (s *symbols) index() map[string]uint32 {
	if s.ids == nil {
		s.ids = make(map[string]uint32, len(s.names)+64)
		for id, name := range s.names {
			s.ids[name] = uint32(id)
		}
	}
	return s.ids
}

func (s *symbols) addName(name string) uint32 {
	id := uint32(len(s.names))
	s.names = append(s.names, name)
	s.ids[name] = id
	return id
}

// cut drops the names from the given number on, which no symbol has.
func (s *symbols) cut(names int) {
	for _, name := range s.names[names:] {
		delete(s.ids, name)
	}
	s.names = s.names[:names]
}

// id returns the number of a symbol.
func (s *symbols) id(sym symbol) uint32 {
	for len(s.first) < len(s.names) {
		s.first = append(s.first, 0)
	}
	if at := s.first[sym.name]; at == 0 {
		s.first[sym.name] = uint32(len(s.list)) + 1
	} else if s.list[at-1] == sym {
		return at - 1
	} else if id, known := s.others[sym]; known {
		return id
	} else {
		if s.others == nil {
			s.others = map[symbol]uint32{}
		}
		s.others[sym] = uint32(len(s.list))
	}
	s.list = append(s.list, sym)
	return uint32(len(s.list)) - 1
}

// add adds all symbols of another table, and returns their numbers here by
// their numbers there.
func (s *symbols) add(other *symbols) []uint32 {
	names, ids := make([]uint32, len(other.names)), make([]uint32, len(other.list))
	index := s.index()
	for i, name := range other.names {
		id, known := index[name]
		if !known {
			id = s.addName(name)
		}
		names[i] = id
	}
	for i, sym := range other.list {
		sym.name = names[sym.name]
		ids[i] = s.id(sym)
	}
	return ids
}

// order returns the numbers of the names in the order of the names.
func (s *symbols) order() []uint32 {
	rest := make([]uint32, 0, len(s.names)-s.ascending)
	for id := s.ascending; id < len(s.names); id++ {
		rest = append(rest, uint32(id))
	}
	slices.SortFunc(rest, func(a, b uint32) int { return strings.Compare(s.names[a], s.names[b]) })
	order := make([]uint32, 0, len(s.names))
	for id := range uint32(s.ascending) {
		for len(rest) > 0 && s.names[rest[0]] < s.names[id] {
			order, rest = append(order, rest[0]), rest[1:]
		}
		order = append(order, id)
	}
	return append(order, rest...)
}
