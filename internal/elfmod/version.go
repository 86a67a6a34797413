package elfmod

import "bytes"

// Symbol versions come in three layouts; CRCs and sizes are in the file's byte
// order.
//
//	__versions           records of 64 bytes: an unsigned long with the CRC, then
//	                     the name, padded with NULs
//	__versions           records of variable length, as Ubuntu's 6.8 has them:
//	                     32-bit size of the record, a multiple of 4; 32-bit CRC;
//	                     NUL-terminated name, padded with NULs. The list ends
//	                     with the section or at a size of 0
//	__version_ext_crcs   32-bit CRCs (Linux 6.14), and in __version_ext_names as
//	                     many NUL-terminated names, in step
const (
	versionRecord  = 64
	chainedHeader  = 8 // size and CRC
	chainedMinimum = chainedHeader + 4
)

// versionFunc takes a symbol version. The name aliases the section.
type versionFunc func(name []byte, crc uint32) error

// EachVersion calls fn for each symbol version of a module, taking the extended
// form where the module has it. It stops at the first error of fn; a section
// that is damaged or has an unknown layout is an error before the first call.
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
	switch {
	case f.chained(data): // before the fixed form: CRCs do not form a chain by chance
		return f.eachChained(data, fn)
	case f.fixed(data):
		return f.eachFixed(data, fn)
	}
	return formatErrorf(s.Offset, "its symbol versions are records neither of %d bytes nor of variable length",
		versionRecord)
}

// fixed reports whether a section has records of 64 bytes: with 32-bit CRCs, and
// nothing after the names but padding.
func (f *File) fixed(data []byte) bool {
	if len(data)%versionRecord != 0 {
		return false
	}
	for ; len(data) > 0; data = data[versionRecord:] {
		name := data[f.WordSize():versionRecord]
		end := bytes.IndexByte(name, 0)
		if f.Word(data) > 1<<32-1 || end >= 0 && !isZero(name[end:]) {
			return false
		}
	}
	return true
}

func (f *File) eachFixed(data []byte, fn versionFunc) error {
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

// chained reports whether a section consists of records of variable length from
// start to end.
func (f *File) chained(data []byte) bool {
	for !f.chainEnds(data) {
		size := uint64(f.Order.Uint32(data))
		if size%4 != 0 || size < chainedMinimum || size > uint64(len(data)) {
			return false
		}
		name := data[chainedHeader:size]
		end := cstringLen(name)
		if end < 0 || !isZero(name[end:]) {
			return false
		}
		data = data[size:]
	}
	return isZero(data)
}

// chainEnds reports whether no record follows.
func (f *File) chainEnds(data []byte) bool {
	return len(data) < 4 || f.Order.Uint32(data) == 0
}

func (f *File) eachChained(data []byte, fn versionFunc) error {
	for !f.chainEnds(data) {
		size := f.Order.Uint32(data)
		name := data[chainedHeader:][:cstringLen(data[chainedHeader:size])]
		if len(name) > 0 {
			if err := fn(name, f.Order.Uint32(data[4:])); err != nil {
				return err
			}
		}
		data = data[size:]
	}
	return nil
}

// eachExtended pairs the CRCs of one section with the names of another.
func (f *File) eachExtended(s *Section, fn versionFunc) error {
	crcs, err := f.Data(s)
	if err != nil {
		return err
	}
	names, err := f.NamedData("__version_ext_names")
	if err != nil {
		return err
	}
	if len(crcs)%4 != 0 || bytes.Count(names, []byte{0}) < len(crcs)/4 {
		return formatErrorf(s.Offset, "its extended symbol versions have more CRCs than names")
	}
	for ; len(crcs) > 0; crcs = crcs[4:] {
		var name []byte
		name, names, _ = bytes.Cut(names, []byte{0})
		if len(name) == 0 {
			continue
		}
		if err := fn(name, f.Order.Uint32(crcs)); err != nil {
			return err
		}
	}
	return nil
}

// isZero reports whether all bytes are NUL.
func isZero(b []byte) bool {
	for len(b) > len(zeros) {
		if !bytes.Equal(b[:len(zeros)], zeros[:]) {
			return false
		}
		b = b[len(zeros):]
	}
	return bytes.Equal(b, zeros[:len(b)])
}

var zeros [versionRecord]byte

// CRC returns the version of an exported symbol, given its __crc_ symbol and a
// function that reads a section: the value of an absolute symbol, otherwise the
// four bytes that the symbol points to.
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
