package modinfo

import (
	"iter"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
)

// Builtins splits the contents of a modules.builtin.modinfo file, NUL-separated
// "name.key=value" strings in which the kernel build describes the built-in
// drivers. It yields each module's name (dashes as underscores) with its fields
// in file order; modules come in the order in which the file first names them.
// The Info has no Path, BuildID or Signature.
func Builtins(data []byte) iter.Seq2[string, *Info] {
	return func(yield func(string, *Info) bool) {
		var order []string
		infos := map[string]*Info{}
		for name, field := range BuiltinFields(data) {
			info := infos[name]
			if info == nil {
				info = &Info{}
				infos[name] = info
				order = append(order, name)
			}
			info.Fields = append(info.Fields, field)
		}
		for _, name := range order {
			if !yield(name, infos[name]) {
				return
			}
		}
	}
}

// Builtin returns the Info of one module from the contents of a
// modules.builtin.modinfo file, nil if the file does not have it.
func Builtin(data []byte, name string) *Info {
	name = modname.Normalize(name)
	var info *Info
	for have, field := range BuiltinFields(data) {
		if have != name {
			continue
		}
		if info == nil {
			info = &Info{}
		}
		info.Fields = append(info.Fields, field)
	}
	return info
}

// BuiltinFields yields, for each entry of a modules.builtin.modinfo file in order, the
// name of the module (dashes as underscores) and the field. Entries without a name are
// skipped. It allocates a copy of data.
func BuiltinFields(data []byte) iter.Seq2[string, Field] {
	return func(yield func(string, Field) bool) {
		for entry := range entries(string(data)) {
			key, value, _ := strings.Cut(entry, "=")
			name, key, ok := strings.Cut(key, ".")
			if !ok || name == "" {
				continue
			}
			if !yield(modname.Normalize(name), Field{key, value}) {
				return
			}
		}
	}
}
