package modinfo

import "strings"

// Export is a symbol that a module offers to others.
type Export struct {
	Name string

	// CRC is the version of the symbol (modversions); HasCRC is false when
	// the module has none for it.
	CRC    uint32
	HasCRC bool

	// GPLOnly means that only modules with a GPL-compatible license may use it.
	GPLOnly bool

	// Namespace is the symbol namespace that users must import, "" if there is
	// none. The form "module:a,b" limits the symbol to the modules a and b (see
	// Modules).
	Namespace string
}

// Modules returns the only modules that may use the symbol, nil when all may.
// A name may end in "*".
func (e *Export) Modules() []string {
	list, ok := strings.CutPrefix(e.Namespace, "module:")
	if !ok {
		return nil
	}
	return strings.Split(list, ",")
}

// Exports returns the exported symbols in the order of the symbol table, those
// with a version first. If the symbols do not describe exports (no modversions,
// stripped), the names come from the strings of __ksymtab_strings.
//
// It takes memory in proportion to the module: some 200 bytes for each entry of the
// symbol table, 16 for each byte of the names, and sections of at most the module's
// size. A module whose sections overlap beyond that is an ErrFormat.
func (f *File) Exports() ([]Export, error) {
	exports, err := f.exports()
	return exports, f.wrap("read exports", err)
}

func (f *File) exports() ([]Export, error) {
	table, err := f.symbols()
	if err != nil {
		return nil, err
	}
	c, err := collectExports(f.elf, table, f.content.Size)
	if err != nil {
		return nil, err
	}
	if len(c.crcs)+len(c.ksymtabs)+len(c.marks) == 0 {
		return f.exportStrings()
	}
	return c.exports()
}

// exportStrings is for files without symbols that describe exports.
func (f *File) exportStrings() ([]Export, error) {
	data, err := f.elf.NamedData("__ksymtab_strings")
	if err != nil || len(data) == 0 {
		return nil, err
	}
	var exports []Export
	for name := range entries(string(data)) {
		exports = append(exports, Export{Name: name})
	}
	return exports, nil
}
