package elfmod

import "encoding/binary"

// noteBuildID is the type of a GNU note that holds the build id.
const noteBuildID = 3

// maxNotes bounds the section with the build id, which has a few dozen bytes.
const maxNotes = 1 << 20

// BuildID returns the contents of the GNU build-id note, nil when there is
// none. The slice may alias the file.
func (f *File) BuildID() ([]byte, error) {
	if s := f.Section(".note.gnu.build-id"); s != nil && s.Size > maxNotes {
		return nil, formatErrorf(s.Offset, "a build id of %d bytes is too large", s.Size)
	}
	data, err := f.NamedData(".note.gnu.build-id")
	if err != nil {
		return nil, err
	}
	return NoteBuildID(f.Order, data), nil
}

// NoteBuildID returns the build id among notes, nil when there is none. The slice
// aliases the notes.
func NoteBuildID(order binary.ByteOrder, notes []byte) []byte {
	for len(notes) >= 12 {
		nameSize := uint64(order.Uint32(notes))
		descSize := uint64(order.Uint32(notes[4:]))
		typ := order.Uint32(notes[8:])
		rest := notes[12:]
		nameEnd := (nameSize + 3) &^ 3
		if nameEnd > uint64(len(rest)) || descSize > uint64(len(rest))-nameEnd {
			return nil
		}
		desc := rest[nameEnd:][:descSize]
		if typ == noteBuildID && string(rest[:nameSize]) == "GNU\x00" {
			return desc
		}
		notes = rest[min(nameEnd+(descSize+3)&^3, uint64(len(rest))):]
	}
	return nil
}
