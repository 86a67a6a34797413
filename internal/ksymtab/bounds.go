package ksymtab

import (
	"errors"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/symtab"
)

var (
	// ErrForeignMap means that a System.map is not that of the kernel.
	ErrForeignMap = errors.New("the System.map is that of another kernel")

	// ErrNoBounds means that a System.map does not say where the tables are: it is a
	// stub, as some distributions have, or lists functions only.
	ErrNoBounds = errors.New("the System.map does not say where the exported symbols are")
)

// FindWith finds the tables of a kernel where its System.map says. The error is
// ErrNoBounds or ErrForeignMap.
func FindWith(m *kernelimage.Memory, a *symtab.Addresses) (*Exports, error) {
	b := bounds{a}
	if from, to := b.of("ksymtab"); from >= to {
		return nil, ErrNoBounds
	}
	for _, f := range forms {
		for _, kind := range machines(m, f) {
			for _, at := range b.places(&kind) {
				if e := b.exports(at, f); e != nil {
					return e, nil
				}
			}
		}
	}
	return nil, ErrForeignMap
}

// bounds are the addresses of a System.map.
type bounds struct{ *symtab.Addresses }

// of returns the bounds of a table, 0 if it is not said to be anywhere.
func (b bounds) of(name string) (from, to uint64) {
	from, begins := b.At("__start___" + name)
	to, ends := b.At("__stop___" + name)
	if !begins || !ends {
		return 0, 0
	}
	return from, to
}

// places are the memory with an image without headers at each of the addresses where it
// may begin.
func (b bounds) places(m *kernelimage.Memory) []*kernelimage.Memory {
	if m.Linked != nil {
		return []*kernelimage.Memory{m}
	}
	var list []*kernelimage.Memory
	for _, name := range [...]string{"_text", "_stext", "_start", "_head", "stext"} {
		if addr, ok := b.At(name); ok {
			placed := *m
			placed.Parts = []kernelimage.Part{{Addr: addr, Data: m.Parts[0].Data}}
			list = append(list, &placed)
		}
	}
	return list
}

// exports reads the tables at their addresses, nil if they are not there.
func (b bounds) exports(m *kernelimage.Memory, f form) *Exports {
	e := placed(m, f, func(name string) ([]byte, uint64, bool) { return b.contents(m, name) })
	if e == nil || !b.agree(e) {
		return nil
	}
	return e
}

// contents returns what is between the bounds of a table.
func (b bounds) contents(m *kernelimage.Memory, name string) (data []byte, addr uint64, ok bool) {
	from, to := b.of(name)
	if from >= to {
		return nil, from, true
	}
	data = m.Span(from, to-from)
	return data, from, data != nil
}

// agree reports whether each symbol has a record where the System.map has one of it. One
// that has two is listed twice.
func (b bounds) agree(e *Exports) bool {
	if b.Records() == 0 {
		return true
	}
	last, agreed := "", true
	for i := range e.tables {
		t := &e.tables[i]
		for at := range t.len(e.mem) {
			name := string(t.name(e.mem, at))
			if name != last && !agreed {
				return false
			}
			_, addr := t.record(e.mem, at)
			listed, ok := b.At("__ksymtab_" + name)
			agreed = ok && listed == addr || name == last && agreed
			last = name
		}
	}
	return agreed
}
