package elfmod

import "bytes"

// versionRecord is the size of an entry of __versions: an unsigned long with
// the CRC, then the name up to the end, padded with NULs.
const versionRecord = 64

// EachVersion calls fn for each symbol version of a module: the name, which
// aliases the section, and the CRC. They are those of the extended form
// (__version_ext_crcs, Linux 6.14) where the module has it. It ends at the
// first error of fn.
func (f *File) EachVersion(fn func(name []byte, crc uint32) error) error {
	if s := f.Section("__version_ext_crcs"); s != nil {
		return f.eachExtended(s, fn)
	}
	s := f.Section("__versions")
	if s == nil {
		return nil
	}
	data, err := f.Data(s)
	if err != nil {
		return err
	}
	if len(data)%versionRecord != 0 {
		return formatErrorf(s.Offset, "its symbol versions are no multiple of %d bytes", versionRecord)
	}
	for ; len(data) > 0; data = data[versionRecord:] {
		name, _, _ := bytes.Cut(data[f.WordSize():versionRecord], []byte{0})
		if len(name) == 0 {
			continue
		}
		if err := fn(name, uint32(f.Word(data))); err != nil {
			return err
		}
	}
	return nil
}

// eachExtended pairs the CRCs of one section with the names of another.
func (f *File) eachExtended(s *Section, fn func(name []byte, crc uint32) error) error {
	crcs, err := f.Data(s)
	if err != nil {
		return err
	}
	names, err := f.NamedData("__version_ext_names")
	if err != nil {
		return err
	}
	for len(crcs) >= 4 {
		end := bytes.IndexByte(names, 0)
		if end < 0 {
			break
		}
		if end > 0 {
			if err := fn(names[:end], f.Order.Uint32(crcs)); err != nil {
				return err
			}
		}
		crcs, names = crcs[4:], names[end+1:]
	}
	if len(crcs) > 0 {
		return formatErrorf(s.Offset, "its extended symbol versions have more CRCs than names")
	}
	return nil
}

// CRC is the version of an exported symbol, given its __crc_ symbol and a
// function that reads a section: the value of an absolute symbol, or the four
// bytes where it points.
func (f *File) CRC(value uint64, section uint32, read func(uint32) ([]byte, error)) (uint32, error) {
	if section == SectionAbs {
		return uint32(value), nil
	}
	data, err := read(section)
	if err != nil {
		return 0, err
	}
	if value > uint64(len(data)) || len(data)-int(value) < 4 {
		return 0, formatErrorf(value, "the version of an exported symbol lies outside section %d", section)
	}
	return f.Order.Uint32(data[value:]), nil
}

// IsRegister reports whether a symbol is one of SPARC's registers, which look
// undefined but name no symbol.
func (f *File) IsRegister(s *Symbol) bool {
	switch f.Machine {
	case MachineSPARC, MachineSPARC32Plus, MachineSPARCV9:
		return s.Type() == TypeSPARCRegister
	}
	return false
}
