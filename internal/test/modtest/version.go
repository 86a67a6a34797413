package modtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/elfmod"
)

// Version is a symbol version.
type Version struct {
	Name string
	CRC  uint32
}

func (m *Module) addVersions(w *writer) {
	if m.Versions != nil {
		var data []byte
		for _, v := range m.Versions {
			data = append(data, m.versionRecord(v)...)
		}
		w.section("__versions", shtProgbits, data)
	}
	if m.VarVersions != nil {
		w.section("__versions", shtProgbits, varVersions(m.order(), m.VarVersions))
	}
	if m.ExtVersions != nil {
		var crcs, names []byte
		for _, v := range m.ExtVersions {
			crcs = m.order().AppendUint32(crcs, v.CRC)
			names = append(names, v.Name+"\x00"...)
		}
		w.section("__version_ext_crcs", shtProgbits, crcs)
		w.section("__version_ext_names", shtProgbits, names)
	}
}

func (m *Module) versionRecord(v Version) []byte {
	record := make([]byte, 64)
	at := 8
	if m.Is32 {
		at = 4
		m.order().PutUint32(record, v.CRC)
	} else {
		m.order().PutUint64(record, uint64(v.CRC))
	}
	if len(v.Name) >= 64-at {
		panic(fmt.Sprintf("modtest: the version name %q is too long", v.Name))
	}
	copy(record[at:], v.Name)
	return record
}

// varVersions is a __versions section with records of variable length, as a
// compiler makes it from a string: with a NUL at the end.
func varVersions(order byteOrder, versions []Version) []byte {
	var data []byte
	for _, v := range versions {
		name := v.Name + strings.Repeat("\x00", 4-len(v.Name)%4)
		data = order.AppendUint32(data, uint32(8+len(name)))
		data = order.AppendUint32(data, v.CRC)
		data = append(data, name...)
	}
	return append(data, 0)
}

// WithVarVersions returns a copy of a module file whose __versions has records of
// variable length with the same versions. A module without that section, as in a
// kernel without modversions, is copied unchanged.
func WithVarVersions(image []byte) ([]byte, error) {
	f, err := elfmod.NewBytes(image)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(f.Sections, func(s elfmod.Section) bool { return s.Name == "__versions" })
	if at < 0 {
		return image, nil
	}
	var versions []Version
	err = f.EachVersion(func(name []byte, crc uint32) error {
		versions = append(versions, Version{string(name), crc})
		return nil
	})
	if err != nil {
		return nil, err
	}
	m := Module{Is32: !f.Is64, BigEndian: f.Order == binary.BigEndian}
	s, data := &f.Sections[at], varVersions(m.order(), versions)
	if uint64(len(data)) > s.Size {
		return nil, fmt.Errorf("modtest: versions of %d bytes do not fit into %d", len(data), s.Size)
	}
	image = bytes.Clone(image)
	clear(image[s.Offset:][:s.Size])
	copy(image[s.Offset:], data)
	m.putSectionSize(image, at, uint64(len(data)))
	return image, nil
}

// putSectionSize changes the size of a section in the section table.
func (m *Module) putSectionSize(image []byte, section int, size uint64) {
	if m.Is32 {
		table := m.order().Uint32(image[32:])
		m.order().PutUint32(image[int(table)+40*section+20:], uint32(size))
		return
	}
	table := m.order().Uint64(image[40:])
	m.order().PutUint64(image[int(table)+64*section+32:], size)
}
