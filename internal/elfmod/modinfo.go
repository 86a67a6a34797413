package elfmod

// Limits of .modinfo. The largest of real modules has some tens of kilobytes. The file
// modules.builtin.modinfo, with the fields of all built-in modules, has some hundreds.
const (
	// MaxModinfo is the largest size of the section in bytes.
	MaxModinfo = 16 << 20

	// MaxFields is the largest number of entries.
	MaxFields = 1 << 20
)

// ErrFields is the error for more than MaxFields entries.
var ErrFields error = &FormatError{Msg: "its .modinfo section has too many entries"}

// Modinfo returns the contents of .modinfo, nil if there is none. More than
// MaxModinfo bytes are an error.
func (f *File) Modinfo() ([]byte, error) {
	section := f.Section(".modinfo")
	if section == nil {
		return nil, nil
	}
	if section.Size > MaxModinfo {
		return nil, &FormatError{Offset: int64(section.Offset), Msg: "its .modinfo section is too large"}
	}
	return f.Data(section)
}
