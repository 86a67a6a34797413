package modinfo

// Version is a record of modversions: the CRC that a needed symbol had when
// the module was built.
type Version struct {
	Name string
	CRC  uint32
}

// Versions returns the symbol versions in file order: those of the extended form
// (__version_ext_crcs, Linux 6.14) if the module has it, otherwise those of
// __versions, with records of 64 bytes or of variable length (Ubuntu's 6.8). It
// is nil for a module built without modversions. A section that is damaged, or
// has another form, is an error that wraps ErrFormat; nothing else of the module
// depends on it.
func (f *File) Versions() ([]Version, error) {
	versions, err := f.versions()
	return versions, f.wrap("read symbol versions", err)
}

func (f *File) versions() ([]Version, error) {
	var versions []Version
	var spans []span
	names := &arena{left: int(f.content.Size)}
	err := f.elf.EachVersion(func(name []byte, crc uint32) error {
		at, err := names.add(name)
		spans, versions = append(spans, at), append(versions, Version{CRC: crc})
		return err
	})
	if err != nil {
		return nil, err
	}
	all := string(names.buf)
	for i, at := range spans {
		versions[i].Name = all[at.from:at.to]
	}
	return versions, nil
}
