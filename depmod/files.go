package depmod

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/modname"
)

// File is an index file.
type File struct {
	Name string // such as "modules.dep.bin"
	Data []byte
}

// Files makes the eleven index files, text and binary. The error says which entry
// the binary format cannot hold, or wraps ErrBudget if all files together would
// have more than MaxFilesSize bytes.
func (x *Index) Files() ([]File, error) {
	if x.fault != nil {
		return nil, x.fault
	}
	dep, lines, err := x.depLines()
	if err != nil {
		return nil, err
	}
	makers := []maker{
		{moddir.Dep, func(t *text) { t.line(dep) }, nil},
		{moddir.DepBin, nil, func() []index.Entry { return x.depEntries(lines) }},
		{moddir.Alias, x.aliasText, nil},
		{moddir.AliasBin, nil, x.aliasEntries},
		{moddir.Softdep, x.softdepText, nil},
		{moddir.Weakdep, x.weakdepText, nil},
		{moddir.Symbols, x.symbolsText, nil},
		{moddir.SymbolsBin, nil, x.symbolEntries},
		{moddir.BuiltinBin, nil, x.builtinEntries},
		{moddir.BuiltinAliasBin, nil, x.builtinAliasEntries},
		{moddir.Devname, x.devnameText, nil},
	}
	files, errs := make([]File, len(makers)), make([]error, len(makers))
	room := newAllowance(MaxFilesSize)
	var wg sync.WaitGroup
	for i, m := range makers {
		wg.Go(func() { files[i], errs[i] = m.make(room) })
		if x.entries() > maxTogether {
			wg.Wait()
		}
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return files, nil
}

// maxTogether bounds the entries of files that are made concurrently. Real kernels
// have some tens of thousands.
const maxTogether = 1 << 18

func (x *Index) entries() int {
	return x.aliases() + len(x.exported) + len(x.builtinNames) + len(x.builtinAliases)
}

// maker makes an index file, a text or a binary one.
type maker struct {
	name string
	text func(*text)
	bin  func() []index.Entry
}

// make reserves the size of the file before it is made.
func (m *maker) make(room *allowance) (File, error) {
	data, err := m.data(room)
	if err != nil {
		return File{}, fmt.Errorf("make %s: %w", m.name, err)
	}
	return File{m.name, data}, nil
}

func (m *maker) data(room *allowance) ([]byte, error) {
	if m.text != nil {
		var t text
		m.text(&t)
		if err := room.take(t.size); err != nil || t.size == 0 {
			return nil, err
		}
		t.b = make([]byte, 0, t.size)
		m.text(&t)
		return t.b, nil
	}
	entries := m.bin()
	index.Sort(entries)
	if err := room.take(index.Size(entries)); err != nil {
		return nil, err
	}
	return index.Encode(entries)
}

// text is the text of an index file. It is written twice: the first pass, without
// memory, determines the size.
type text struct {
	b    []byte
	size int
}

// line adds words unchanged, the last of which ends a line.
func (t *text) line(words ...string) {
	for _, word := range words {
		if t.b == nil {
			t.size += len(word)
		} else {
			t.b = append(t.b, word...)
		}
	}
}

func (x *Index) aliasText(t *text) {
	t.line("# Aliases extracted from modules themselves.\n")
	for i := range x.modules {
		m := &x.modules[i]
		for _, pattern := range m.Aliases {
			t.line("alias ", pattern, " ", m.Name, "\n")
		}
	}
}

// aliases is the number of aliases of all modules.
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

func (x *Index) softdepText(t *text) {
	t.line("# Soft dependencies extracted from modules themselves.\n")
	x.statedText(t, "softdep ", func(m *Module) []string { return m.Softdeps })
}

func (x *Index) weakdepText(t *text) {
	t.line("# Weak dependencies extracted from modules themselves.\n")
	x.statedText(t, "weakdep ", func(m *Module) []string { return m.Weakdeps })
}

// statedText adds a line for each dependency of a kind that modules state.
func (x *Index) statedText(t *text, keyword string, stated func(*Module) []string) {
	for i := range x.modules {
		m := &x.modules[i]
		for _, line := range stated(m) {
			t.line(keyword, m.Name, " ", line, "\n")
		}
	}
}

func (x *Index) symbolsText(t *text) {
	t.line("# Aliases for symbols, used by symbol_request().\n")
	for _, name := range x.exported {
		t.line("alias symbol:", x.symbols.names[name], " ", x.modules[x.exporters[name].module].Name, "\n")
	}
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
	entries := make([]index.Entry, len(x.builtinAliases))
	for i, a := range x.builtinAliases {
		entries[i] = index.Entry{Key: key(a.pattern), Value: a.module}
	}
	return entries
}

// key is an alias as the index has it. Invalid ones were left out before.
func key(pattern string) string {
	key, _ := modname.NormalizeAlias(pattern)
	return key
}

// symbolKey is the index key of a symbol.
func symbolKey(name string) string { return "symbol:" + name }
