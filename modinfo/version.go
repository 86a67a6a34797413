package modinfo

import (
	"bytes"

	"github.com/gokmod/gokmod/internal/elfmod"
)

// Version is a record of modversions: the CRC that a needed symbol had when
// the module was built.
type Version struct {
	Name string
	CRC  uint32
}

// versionRecord is the size of an entry of __versions: an unsigned long with
// the CRC, then the name up to the end, padded with NULs.
const versionRecord = 64

// Versions returns the symbol versions in file order, those of the extended
// form (__version_ext_crcs, Linux 6.14) where the module has it. It is nil for
// a module built without modversions.
func (f *File) Versions() ([]Version, error) {
	versions, err := f.versions()
	return versions, f.wrap("read symbol versions", err)
}

func (f *File) versions() ([]Version, error) {
	if f.elf.Section("__version_ext_crcs") != nil {
		return f.extendedVersions()
	}
	data, err := f.elf.NamedData("__versions")
	if err != nil || len(data) == 0 {
		return nil, err
	}
	if len(data)%versionRecord != 0 {
		return nil, &elfmod.FormatError{Offset: int64(f.elf.Section("__versions").Offset),
			Msg: "its symbol versions are no multiple of 64 bytes"}
	}
	versions := make([]Version, 0, len(data)/versionRecord)
	all := string(data)
	for at := 0; at < len(data); at += versionRecord {
		nameAt := at + f.elf.WordSize()
		name, _, _ := bytes.Cut(data[nameAt:at+versionRecord], []byte{0})
		if len(name) == 0 {
			continue
		}
		versions = append(versions, Version{all[nameAt : nameAt+len(name)], uint32(f.elf.Word(data[at:]))})
	}
	return versions, nil
}

// extendedVersions pairs the CRCs of one section with the names of another.
func (f *File) extendedVersions() ([]Version, error) {
	crcs, err := f.elf.NamedData("__version_ext_crcs")
	if err != nil {
		return nil, err
	}
	data, err := f.elf.NamedData("__version_ext_names")
	if err != nil {
		return nil, err
	}
	names := string(data)
	versions := make([]Version, 0, min(len(crcs)/4, len(data)/2))
	for len(crcs) >= 4 && len(data) > 0 {
		end := bytes.IndexByte(data, 0)
		if end < 0 {
			break
		}
		if end > 0 {
			versions = append(versions, Version{names[:end], f.elf.Order.Uint32(crcs)})
		}
		crcs, data, names = crcs[4:], data[end+1:], names[end+1:]
	}
	if len(crcs) > 0 {
		return nil, &elfmod.FormatError{Offset: int64(f.elf.Section("__version_ext_crcs").Offset),
			Msg: "its extended symbol versions have more CRCs than names"}
	}
	return versions, nil
}
