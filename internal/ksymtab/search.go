package ksymtab

import (
	"encoding/binary"

	"github.com/gokmod/gokmod/internal/kernelimage"
)

// search finds the tables of a kernel that does not name them, nil if there are none.
func search(m *kernelimage.Memory) *Exports {
	w := newWork(m)
	for _, f := range forms {
		for _, kind := range machines(m, f) {
			if e := searchIn(&kind, f, w); e != nil {
				return e
			}
		}
	}
	return nil
}

// machines are the byte orders and sizes of pointers that the kernel may have.
func machines(m *kernelimage.Memory, f form) []kernelimage.Memory {
	if m.Machine.Number != 0 {
		return []kernelimage.Memory{*m}
	}
	var list []kernelimage.Memory
	for _, word := range []int{8, 4} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			if word == 8 || !f.relative { // offsets are the same in both
				list = append(list, kernelimage.Memory{Order: order, Word: word, Parts: m.Parts})
			}
		}
	}
	return list
}

// searchIn finds the tables of records of one form. Each part of the memory is searched
// by itself: the tables and their strings are in one.
func searchIn(m *kernelimage.Memory, f form, w *work) *Exports {
	for _, p := range m.Parts {
		s := newFinder(m, p, f, w)
		for _, found := range s.longest() {
			t, placed := s.table(found)
			if placed == nil {
				continue
			}
			if e := split(placed, t); e != nil {
				return e
			}
		}
	}
	return nil
}

// table is a sequence as a table, and the memory in which it lies, nil if that cannot be
// found out.
func (s *finder) table(found stretch) (table, *kernelimage.Memory) {
	m, addr := *s.mem, s.part.Addr
	if s.unplaced {
		base, ok := s.base(found)
		if !ok {
			return table{}, nil
		}
		m.Parts, addr = []kernelimage.Part{{Addr: base, Data: s.part.Data}}, base
	}
	return table{addr: addr + uint64(found.from), data: s.part.Data[found.from:found.to], form: s.form}, &m
}
