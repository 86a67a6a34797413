package elfmod

import "bytes"

// flagAlloc is SHF_ALLOC: the kernel ignores sections without it.
const flagAlloc = 2

// HideVermagic blanks the vermagic fields in image, a whole module in memory
// that is changed in place. The kernel then has nothing to compare. This gives
// init_module, which has no flags, the effect of finit_module's flag "ignore
// vermagic". A module without the field is left unchanged.
func HideVermagic(image []byte) error {
	f, err := NewBytes(image)
	if err != nil {
		return err
	}
	data, err := f.NamedData(".modinfo")
	if err != nil {
		return err
	}
	for len(data) > 0 {
		field, rest, _ := bytes.Cut(data, []byte{0})
		if bytes.HasPrefix(field, []byte("vermagic=")) {
			clear(field)
		}
		data = rest
	}
	return nil
}

// HideVersions makes the kernel ignore the symbol versions of image, a whole
// module in memory that is changed in place. This gives init_module the effect
// of finit_module's flag "ignore modversions".
func HideVersions(image []byte) error {
	f, err := NewBytes(image)
	if err != nil {
		return err
	}
	for i := range f.Sections {
		switch s := &f.Sections[i]; s.Name {
		case "__versions", "__version_ext_crcs", "__version_ext_names":
			f.putWord(image[s.flagsAt:], s.Flags&^flagAlloc)
		}
	}
	return nil
}

func (f *File) putWord(b []byte, v uint64) {
	if f.Is64 {
		f.Order.PutUint64(b, v)
	} else {
		f.Order.PutUint32(b, uint32(v))
	}
}
