package modinfo

import (
	"iter"
	"strings"

	"github.com/gokmod/gokmod/internal/elfmod"
)

// Field is one "key=value" entry of the .modinfo section. A value may span
// lines.
type Field struct {
	Key, Value string
}

// Fields are the entries of a .modinfo section in the order of the file. Keys
// may repeat.
type Fields []Field

// Value returns the first value of key, or "".
func (f Fields) Value(key string) string {
	for i := range f {
		if f[i].Key == key {
			return f[i].Value
		}
	}
	return ""
}

// Has reports whether there is a field with that key.
func (f Fields) Has(key string) bool {
	for i := range f {
		if f[i].Key == key {
			return true
		}
	}
	return false
}

// Values returns all values of key in file order, nil if there are none.
func (f Fields) Values(key string) []string {
	var values []string
	for i := range f {
		if f[i].Key == key {
			values = append(values, f[i].Value)
		}
	}
	return values
}

// parseFields splits the contents of a .modinfo section. NUL padding before,
// between and after the entries is skipped. An entry without "=" is a key with
// an empty value. The fields share one copy of data.
func parseFields(data []byte) (Fields, error) {
	var fields Fields
	for entry := range entries(string(data)) {
		if len(fields) == elfmod.MaxFields {
			return nil, elfmod.ErrFields
		}
		key, value, _ := strings.Cut(entry, "=")
		fields = append(fields, Field{key, value})
	}
	return fields, nil
}

// entries yields the non-empty NUL-terminated strings of all. The last one
// may lack its NUL.
func entries(all string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for len(all) > 0 {
			entry, rest, _ := strings.Cut(all, "\x00")
			if entry != "" && !yield(entry) {
				return
			}
			all = rest
		}
	}
}
