package modinfo

import (
	"errors"

	"github.com/gokmod/gokmod/internal/elfmod"
)

// Needed is a symbol that a module expects from the kernel or from another
// module.
type Needed struct {
	Name string

	// Weak symbols may stay undefined.
	Weak bool

	// CRC is the version of the symbol that the module was built with; HasCRC
	// is false if the module states none.
	CRC    uint32
	HasCRC bool
}

// Needed returns the undefined symbols in the order of the symbol table, then
// those that only the version records name (module_layout). If the versions are
// damaged, which is an error of [File.Versions], no symbol has one.
func (f *File) Needed() ([]Needed, error) {
	needed, err := f.needed()
	return needed, f.wrap("read needed symbols", err)
}

func (f *File) needed() ([]Needed, error) {
	versions, err := f.versions()
	if err != nil && !errors.Is(err, ErrFormat) {
		return nil, err
	}
	crcs := make(map[string]uint32, len(versions))
	for _, v := range versions {
		crcs[v.Name] = v.CRC
	}
	needed, err := f.undefined(len(versions))
	if err != nil {
		return nil, err
	}
	for i := range needed {
		n := &needed[i]
		if n.CRC, n.HasCRC = crcs[n.Name]; n.HasCRC {
			delete(crcs, n.Name)
		}
	}
	for _, v := range versions {
		if crc, left := crcs[v.Name]; left {
			needed = append(needed, Needed{Name: v.Name, CRC: crc, HasCRC: true})
			delete(crcs, v.Name)
		}
	}
	return needed, nil
}

// undefined lists the undefined symbols of the symbol table.
func (f *File) undefined(sizeHint int) ([]Needed, error) {
	table, err := f.symbols()
	if err != nil {
		return nil, err
	}
	names := newArena(table.StringsSize())
	spans := make([]span, 0, sizeHint)
	needed := make([]Needed, 0, sizeHint)
	for i := 1; i < table.Len(); i++ {
		s, err := table.At(i)
		if err != nil {
			return nil, err
		}
		if s.Section != elfmod.SectionUndef || len(s.Name) == 0 || f.elf.IsRegister(&s) {
			continue
		}
		at, err := names.add(s.Name)
		if err != nil {
			return nil, err
		}
		spans, needed = append(spans, at), append(needed, Needed{Weak: s.Weak()})
	}
	all := string(names.buf)
	for i, at := range spans {
		needed[i].Name = all[at.from:at.to]
	}
	return needed, nil
}
