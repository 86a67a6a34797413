package depmod

import (
	"bytes"
	"errors"
	"fmt"
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
	if x.fault != nil {
		return nil, x.fault
	}
	text, lines, err := x.depLines()
	if err != nil {
		return nil, err
	}
	makers := []struct {
		name string
		text func() []byte
		bin  func() []index.Entry
	}{
		{"modules.dep", func() []byte { return []byte(text) }, nil},
		{"modules.dep.bin", nil, func() []index.Entry { return x.depEntries(lines) }},
		{"modules.alias", x.aliasText, nil},
		{"modules.alias.bin", nil, x.aliasEntries},
		{"modules.softdep", x.softdepText, nil},
		{"modules.weakdep", x.weakdepText, nil},
		{"modules.symbols", x.symbolsText, nil},
		{"modules.symbols.bin", nil, x.symbolEntries},
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

func (x *Index) aliasText() []byte {
	var b bytes.Buffer
	b.Grow(64 * x.aliases())
	b.WriteString("# Aliases extracted from modules themselves.\n")
	for _, m := range x.modules {
		for _, pattern := range m.Aliases {
			writeLine(&b, "alias ", pattern, " ", m.Name)
		}
	}
	return b.Bytes()
}

// aliases is how many aliases all modules have.
func (x *Index) aliases() int {
	n := 0
	for i := range x.modules {
		n += len(x.modules[i].Aliases)
	}
	return n
}

func (x *Index) aliasEntries() []index.Entry {
	entries := make([]index.Entry, 0, x.aliases())
	for i := range x.modules {
		m := &x.modules[i]
		for _, pattern := range m.Aliases {
			entries = append(entries, index.Entry{Key: key(pattern), Value: m.Name, Priority: uint32(i)})
		}
	}
	return entries
}

func (x *Index) softdepText() []byte {
	const header = "# Soft dependencies extracted from modules themselves.\n"
	return x.statedText(header, "softdep ", func(m *Module) []string { return m.Softdeps })
}

func (x *Index) weakdepText() []byte {
	const header = "# Weak dependencies extracted from modules themselves.\n"
	return x.statedText(header, "weakdep ", func(m *Module) []string { return m.Weakdeps })
}

// statedText has a line for each dependency of a kind that modules state.
func (x *Index) statedText(header, keyword string, stated func(*Module) []string) []byte {
	var b bytes.Buffer
	b.WriteString(header)
	for i := range x.modules {
		m := &x.modules[i]
		for _, line := range stated(m) {
			writeLine(&b, keyword, m.Name, " ", line)
		}
	}
	return b.Bytes()
}

func (x *Index) symbolsText() []byte {
	var b bytes.Buffer
	b.Grow(64 * len(x.exported))
	b.WriteString("# Aliases for symbols, used by symbol_request().\n")
	for _, name := range x.exported {
		writeLine(&b, "alias symbol:", x.symbols.names[name], " ", x.modules[x.exporters[name].module].Name)
	}
	return b.Bytes()
}

func (x *Index) symbolEntries() []index.Entry {
	entries := make([]index.Entry, len(x.exported))
	for i, name := range x.exported {
		module := x.exporters[name].module
		entries[i] = index.Entry{Key: symbolKey(x.symbols.names[name]), Value: x.modules[module].Name, Priority: uint32(module)}
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

// symbolKey is a symbol as the index has it.
func symbolKey(name string) string { return "symbol:" + name }

// writeLine writes words as they are, and ends the line.
func writeLine(b *bytes.Buffer, words ...string) {
	for _, word := range words {
		b.WriteString(word)
	}
	b.WriteByte('\n')
}
