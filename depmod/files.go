package depmod

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

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
	if x.cycle != nil {
		return nil, x.cycle
	}
	lines := x.depLines()
	symbols := x.symbols()
	makers := []struct {
		name string
		text func() []byte
		bin  func() []index.Entry
	}{
		{"modules.dep", func() []byte { return depText(lines) }, nil},
		{"modules.dep.bin", nil, func() []index.Entry { return x.depEntries(lines) }},
		{"modules.alias", x.aliasText, nil},
		{"modules.alias.bin", nil, x.aliasEntries},
		{"modules.softdep", x.softdepText, nil},
		{"modules.weakdep", x.weakdepText, nil},
		{"modules.symbols", func() []byte { return x.symbolsText(symbols) }, nil},
		{"modules.symbols.bin", nil, func() []index.Entry { return x.symbolEntries(symbols) }},
		{"modules.builtin.bin", nil, x.builtinEntries},
		{"modules.builtin.alias.bin", nil, x.builtinAliasEntries},
		{"modules.devname", x.devnameText, nil},
	}
	files, errs := make([]File, len(makers)), make([]error, len(makers))
	var wg sync.WaitGroup
	for i, m := range makers {
		wg.Go(func() {
			files[i].Name = m.name
			if m.text != nil {
				files[i].Data = m.text()
				return
			}
			entries := m.bin()
			index.Sort(entries)
			if files[i].Data, errs[i] = index.Encode(entries); errs[i] != nil {
				errs[i] = fmt.Errorf("make %s: %w", m.name, errs[i])
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
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

func depText(lines []string) []byte {
	var b bytes.Buffer
	for _, line := range lines {
		writeLine(&b, line)
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
			writeLine(&b, "alias ", pattern, " ", m.Name)
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
			writeLine(&b, "softdep ", m.Name, " ", line)
		}
	}
	return b.Bytes()
}

func (x *Index) weakdepText() []byte {
	var b bytes.Buffer
	b.WriteString("# Weak dependencies extracted from modules themselves.\n")
	for _, m := range x.modules {
		for _, line := range m.Weakdeps {
			writeLine(&b, "weakdep ", m.Name, " ", line)
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

func (x *Index) symbolsText(names []string) []byte {
	var b bytes.Buffer
	b.WriteString("# Aliases for symbols, used by symbol_request().\n")
	for _, name := range names {
		writeLine(&b, "alias symbol:", name, " ", x.modules[x.exporters[name].module].Name)
	}
	return b.Bytes()
}

func (x *Index) symbolEntries(names []string) []index.Entry {
	entries := make([]index.Entry, len(names))
	for i, name := range names {
		module := x.exporters[name].module
		entries[i] = index.Entry{Key: "symbol:" + name, Value: x.modules[module].Name, Priority: uint32(module)}
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

// writeLine writes words as they are, and ends the line.
func writeLine(b *bytes.Buffer, words ...string) {
	for _, word := range words {
		b.WriteString(word)
	}
	b.WriteByte('\n')
}
