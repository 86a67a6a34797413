package depmod

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/modname"
)

// File is an index file.
type File struct {
	Name string // such as "modules.dep.bin"
	Data []byte
}

// Files makes the eleven index files, text and binary. The error says which
// entry the binary format cannot hold.
func (x *Index) Files() ([]File, error) {
	lines := x.depLines()
	files := []File{
		{"modules.dep", x.depText(lines)},
		{"modules.alias", x.aliasText()},
		{"modules.softdep", x.softdepText()},
		{"modules.weakdep", x.weakdepText()},
		{"modules.symbols", x.symbolsText()},
		{"modules.devname", x.devnameText()},
	}
	for _, binary := range []struct {
		name    string
		entries []index.Entry
	}{
		{"modules.dep.bin", x.depEntries(lines)},
		{"modules.alias.bin", x.aliasEntries()},
		{"modules.symbols.bin", x.symbolEntries()},
		{"modules.builtin.bin", x.builtinEntries()},
		{"modules.builtin.alias.bin", x.builtinAliasEntries()},
	} {
		index.Sort(binary.entries)
		data, err := index.Encode(binary.entries)
		if err != nil {
			return nil, fmt.Errorf("make %s: %w", binary.name, err)
		}
		files = append(files, File{binary.name, data})
	}
	return files, nil
}

// depLines are the lines of modules.dep: "path: dep dep…".
func (x *Index) depLines() []string {
	marks := make([]int, len(x.modules))
	lines := make([]string, len(x.modules))
	var b strings.Builder
	for i := range x.modules {
		b.Reset()
		b.WriteString(x.modules[i].Path)
		b.WriteByte(':')
		for _, dep := range x.dependencies(i, marks, i+1) {
			b.WriteByte(' ')
			b.WriteString(x.modules[dep].Path)
		}
		lines[i] = b.String()
	}
	return lines
}

func (x *Index) depText(lines []string) []byte {
	var b bytes.Buffer
	for _, line := range lines {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func (x *Index) depEntries(lines []string) []index.Entry {
	entries := make([]index.Entry, len(lines))
	for i, line := range lines {
		entries[i] = index.Entry{Key: x.modules[i].Name, Value: line, Priority: uint32(i)}
	}
	return entries
}

func (x *Index) aliasText() []byte {
	var b bytes.Buffer
	b.WriteString("# Aliases extracted from modules themselves.\n")
	for _, m := range x.modules {
		for _, pattern := range m.Aliases {
			fmt.Fprintf(&b, "alias %s %s\n", pattern, m.Name)
		}
	}
	return b.Bytes()
}

func (x *Index) aliasEntries() []index.Entry {
	var entries []index.Entry
	for i, m := range x.modules {
		for _, pattern := range m.Aliases {
			entries = append(entries, index.Entry{Key: key(pattern), Value: m.Name, Priority: uint32(i)})
		}
	}
	return entries
}

func (x *Index) softdepText() []byte {
	var b bytes.Buffer
	b.WriteString("# Soft dependencies extracted from modules themselves.\n")
	for _, m := range x.modules {
		for _, line := range m.Softdeps {
			fmt.Fprintf(&b, "softdep %s %s\n", m.Name, line)
		}
	}
	return b.Bytes()
}

func (x *Index) weakdepText() []byte {
	var b bytes.Buffer
	b.WriteString("# Weak dependencies extracted from modules themselves.\n")
	for _, m := range x.modules {
		for _, line := range m.Weakdeps {
			fmt.Fprintf(&b, "weakdep %s %s\n", m.Name, line)
		}
	}
	return b.Bytes()
}

// symbols lists the exported symbols in order.
func (x *Index) symbols() []string {
	names := make([]string, 0, len(x.exporters))
	for name := range x.exporters {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (x *Index) symbolsText() []byte {
	var b bytes.Buffer
	b.WriteString("# Aliases for symbols, used by symbol_request().\n")
	for _, name := range x.symbols() {
		fmt.Fprintf(&b, "alias symbol:%s %s\n", name, x.modules[x.exporters[name].module].Name)
	}
	return b.Bytes()
}

func (x *Index) symbolEntries() []index.Entry {
	var entries []index.Entry
	for name, e := range x.exporters {
		entries = append(entries, index.Entry{Key: "symbol:" + name, Value: x.modules[e.module].Name, Priority: uint32(e.module)})
	}
	return entries
}

func (x *Index) builtinEntries() []index.Entry {
	entries := make([]index.Entry, len(x.builtinNames))
	for i, name := range x.builtinNames {
		entries[i] = index.Entry{Key: name}
	}
	return entries
}

func (x *Index) builtinAliasEntries() []index.Entry {
	var entries []index.Entry
	for _, a := range x.builtinAliases {
		entries = append(entries, index.Entry{Key: key(a.pattern), Value: a.module})
	}
	return entries
}

// key is an alias as the index has it. Those that are not valid were left out
// before.
func key(pattern string) string {
	key, _ := modname.NormalizeAlias(pattern)
	return key
}
