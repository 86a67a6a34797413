package symtab

import (
	"bytes"
	"io"
	"iter"
	"strconv"
	"strings"
)

// Export is what a file of a kernel build tells about an exported symbol.
type Export struct {
	// File is what exports the symbol: "vmlinux", or the path of a module
	// without its extension, such as "fs/xfs/xfs".
	File string

	CRC       uint32
	GPLOnly   bool   // only modules with a GPL-compatible license may use it
	Namespace string // that users must import, "" if there is none
}

// Kernel reports whether the symbol is one of the kernel image.
func (e Export) Kernel() bool { return e.File == kernelFile }

// Exports are all symbols that a file lists, those of modules too. It is
// immutable and safe for concurrent use.
type Exports struct {
	symbols map[string]Export

	// Versions means that the symbols have CRCs. A kernel built without
	// modversions has a Module.symvers in which all are 0.
	Versions bool

	// Licenses means that it is known which symbols are for the GPL only,
	// Namespaces that their namespaces are known.
	Licenses, Namespaces bool

	// Warnings are the bad lines, as in Set.
	Warnings []Warning
}

// NewExports makes a list of what the kernel image exports, of which everything is
// known. As in a Module.symvers, versions are 0 where the kernel has none.
func NewExports(exports iter.Seq2[string, Export]) *Exports {
	e := &Exports{symbols: map[string]Export{}, Licenses: true, Namespaces: true}
	for name, export := range exports {
		export.File = kernelFile
		e.symbols[name] = export
		e.Versions = e.Versions || export.CRC != 0
	}
	return e
}

// kernelFile is the kernel image in the place of a file.
const kernelFile = "vmlinux"

// HasKernel reports whether the kernel image exports any of the symbols. A file
// without any does not come from a kernel's build.
func (e *Exports) HasKernel() bool {
	for _, export := range e.symbols {
		if export.Kernel() {
			return true
		}
	}
	return false
}

// Lookup returns what is known about a symbol, given the name that [Needed]
// returns.
func (e *Exports) Lookup(name string) (Export, bool) {
	export, ok := e.symbols[name]
	return export, ok
}

// ReadExports reads a Module.symvers in full. The result is nil exactly when
// there is an error, which is a read error or ErrTooLarge.
func ReadExports(src io.Reader) (*Exports, error) {
	e := &Exports{symbols: map[string]Export{}, Licenses: true, Namespaces: true}
	files := map[string]string{}
	r := &reader{set: &Set{}, width: 5}
	r.take = func(r *reader, words [][]byte) { e.takeLine(r, words, files) }
	set, err := read(src, r)
	if err != nil {
		return nil, err
	}
	e.Warnings = set.Warnings
	return e, nil
}

// takeLine takes CRC NAME FILE WAY [NAMESPACE] or, as written from Linux 5.4 to
// 5.6, CRC NAME NAMESPACE FILE WAY. Names of files repeat and are kept once.
func (e *Exports) takeLine(r *reader, words [][]byte, files map[string]string) {
	crc, ok := r.version(words)
	if !ok {
		return
	}
	file, way, namespace := words[2], []byte(nil), []byte(nil)
	if len(words) > 3 {
		way = words[3]
	}
	switch {
	case len(words) > 4 && !isWay(way) && isWay(words[4]):
		namespace, file, way = words[2], words[3], words[4]
	case len(words) > 4:
		namespace = words[4]
	}
	name, known := files[string(file)]
	if !known {
		name = string(file)
		files[name] = name
		r.names += len(name) + 32
	}
	symbol := string(words[1])
	if _, known := e.symbols[symbol]; !known {
		r.names += len(symbol) + len(namespace) + 64
	}
	e.symbols[symbol] = Export{File: name, CRC: crc, GPLOnly: bytes.HasSuffix(way, []byte("_GPL")), Namespace: string(namespace)}
	e.Versions = e.Versions || crc != 0
}

// isWay reports whether a word is a way of exporting, such as
// EXPORT_SYMBOL_GPL.
func isWay(word []byte) bool { return bytes.HasPrefix(word, []byte("EXPORT_")) }

// ReadMapExports reads the symbols that the kernel image exports from a
// System.map, or from a list of the same form such as /proc/kallsyms. If it has
// addresses, they tell which symbols are for the GPL only: their entries are in
// a table of their own. There are no versions or namespaces. The result is nil
// exactly when there is an error.
func ReadMapExports(src io.Reader) (*Exports, error) {
	m := mapExports{e: &Exports{symbols: map[string]Export{}}, at: map[string]uint64{}}
	set, err := read(src, &reader{set: &Set{}, width: 4, take: m.takeLine})
	if err != nil {
		return nil, err
	}
	m.e.Warnings = set.Warnings
	m.license()
	return m.e, nil
}

// mapExports collects the exports of a System.map.
type mapExports struct {
	e           *Exports
	at          map[string]uint64 // addresses of the entries
	start, stop uint64            // of the table for the GPL only
}

func (m *mapExports) takeLine(r *reader, words [][]byte) {
	if len(words) < 3 {
		r.warn("not a line of an address, a letter and a name")
		return
	}
	if len(words) > 3 {
		return // a module's symbol
	}
	address, err := strconv.ParseUint(string(words[0]), 16, 64)
	if err != nil {
		address = 0
	}
	name := string(words[2])
	switch name {
	case "__start___ksymtab_gpl":
		m.start = address
		return
	case "__stop___ksymtab_gpl":
		m.stop = address
		return
	}
	symbol, found := strings.CutPrefix(name, string(ksymtab))
	if !found || symbol == "" {
		return
	}
	if _, known := m.at[symbol]; !known {
		r.names += len(symbol) + 64
	}
	m.at[symbol] = address
}

// license tells from the addresses which symbols are for the GPL only.
func (m *mapExports) license() {
	m.e.Licenses = m.start < m.stop
	for name, address := range m.at {
		m.e.symbols[name] = Export{File: kernelFile, GPLOnly: m.e.Licenses && m.start <= address && address < m.stop}
	}
}
