package modinfo

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/gokmod/gokmod/internal/elfmod"
)

// exportSymbols are the symbols that describe the exports of a module: for an
// exported NAME
//
//	__crc_NAME           its version, or the place of that in __kcrctab*
//	__ksymtab_NAME       its entry in __ksymtab or __ksymtab_gpl
//	__flags_NAME         its byte in __kflagstab, since Linux 7.0: bit 0 instead of
//	                     __ksymtab_gpl
//	__kstrtabns_NAME     its namespace in __ksymtab_strings
//	__export_symbol_NAME license and namespace in .export_symbol; in objects
//	                     of Linux 6.10 and later that are not yet linked
type exportSymbols struct {
	elf        *elfmod.File
	data       map[uint32][]byte // contents of sections that symbols point into
	left       uint64            // bytes of those that may still be read
	names      *arena
	crcs       []exportSymbol
	ksymtabs   []exportSymbol
	flags      []exportSymbol
	namespaces []exportSymbol
	marks      []exportSymbol
}

// exportSymbol is one such symbol; name is the part after the prefix.
type exportSymbol struct {
	name    span
	value   uint64
	section uint32
}

// collectExports finds the symbols. Together the sections that they point into may
// have as many bytes as the file, since sections do not overlap.
func collectExports(elf *elfmod.File, table *elfmod.SymbolTable, size int64) (*exportSymbols, error) {
	c := &exportSymbols{elf: elf, names: newArena(table.StringsSize()), data: map[uint32][]byte{}, left: uint64(size)}
	for i := 1; i < table.Len(); i++ {
		s, err := table.At(i)
		if err != nil {
			return nil, err
		}
		if len(s.Name) < 4 || s.Name[0] != '_' || s.Name[1] != '_' || s.Section == elfmod.SectionUndef {
			continue
		}
		if err := c.add(s); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *exportSymbols) add(s elfmod.Symbol) error {
	switch s.Name[2] {
	case 'c':
		return c.addTo(&c.crcs, s, "__crc_")
	case 'k':
		if bytes.HasPrefix(s.Name, []byte("__ksymtab_")) {
			return c.addTo(&c.ksymtabs, s, "__ksymtab_")
		}
		return c.addTo(&c.namespaces, s, "__kstrtabns_")
	case 'f':
		return c.addTo(&c.flags, s, "__flags_")
	case 'e':
		return c.addTo(&c.marks, s, "__export_symbol_")
	}
	return nil
}

func (c *exportSymbols) addTo(list *[]exportSymbol, s elfmod.Symbol, prefix string) error {
	if len(s.Name) <= len(prefix) || string(s.Name[:len(prefix)]) != prefix {
		return nil
	}
	name, err := c.names.add(s.Name[len(prefix):])
	if err != nil {
		return err
	}
	*list = append(*list, exportSymbol{name, s.Value, s.Section})
	return nil
}

// exportList collects exports by name.
type exportList struct {
	names string // that the spans refer to
	list  []Export
	index map[string]int
}

// entry finds or creates the export that a symbol describes.
func (l *exportList) entry(s exportSymbol) *Export {
	name := l.names[s.name.from:s.name.to]
	at, seen := l.index[name]
	if !seen {
		at = len(l.list)
		l.index[name] = at
		l.list = append(l.list, Export{Name: name})
	}
	return &l.list[at]
}

// exports assembles the exports.
func (c *exportSymbols) exports() ([]Export, error) {
	count := max(len(c.crcs), len(c.ksymtabs), len(c.marks))
	l := &exportList{names: string(c.names.buf), list: make([]Export, 0, count), index: make(map[string]int, count)}
	for _, s := range c.crcs {
		crc, err := c.crc(s)
		if err != nil {
			return nil, err
		}
		e := l.entry(s)
		e.CRC, e.HasCRC = crc, true
	}
	for _, s := range c.ksymtabs {
		l.entry(s).GPLOnly = strings.Contains(c.sectionName(s), "ksymtab_gpl")
	}
	if err := c.addFlags(l); err != nil {
		return nil, err
	}
	for _, s := range c.marks {
		license, namespace, err := c.mark(s)
		if err != nil {
			return nil, err
		}
		e := l.entry(s)
		e.GPLOnly, e.Namespace = license == "GPL", namespace
	}
	if err := c.addNamespaces(l); err != nil {
		return nil, err
	}
	return l.list, nil
}

// gplFlag is set for exports that only modules under the GPL may use.
const gplFlag = 1

// addFlags fills in what the flags of known exports say.
func (c *exportSymbols) addFlags(l *exportList) error {
	for _, s := range c.flags {
		at, ok := l.index[l.names[s.name.from:s.name.to]]
		if !ok || c.sectionName(s) != "__kflagstab" {
			continue
		}
		data, err := c.section(s)
		if err != nil {
			return err
		}
		if s.value >= uint64(len(data)) {
			return c.outside(s, s.value)
		}
		l.list[at].GPLOnly = data[s.value]&gplFlag != 0
	}
	return nil
}

// addNamespaces fills in the namespaces of known exports.
func (c *exportSymbols) addNamespaces(l *exportList) error {
	for _, s := range c.namespaces {
		namespace, err := c.stringAt(s, s.value)
		if err != nil {
			return err
		}
		if at, ok := l.index[l.names[s.name.from:s.name.to]]; ok {
			l.list[at].Namespace = namespace
		}
	}
	return nil
}

func (c *exportSymbols) sectionName(s exportSymbol) string {
	if int64(s.section) >= int64(len(c.elf.Sections)) {
		return ""
	}
	return c.elf.Sections[s.section].Name
}

// section returns the contents of the section that the symbol points into.
func (c *exportSymbols) section(s exportSymbol) ([]byte, error) {
	if data, ok := c.data[s.section]; ok {
		return data, nil
	}
	data, err := c.elf.DataWithin(s.section, c.left)
	if err == nil {
		c.data[s.section] = data
		c.left -= uint64(len(data))
	}
	return data, err
}

// crc is the value of an absolute symbol, or the number that it points to.
func (c *exportSymbols) crc(s exportSymbol) (uint32, error) {
	return c.elf.CRC(s.value, s.section, func(uint32) ([]byte, error) { return c.section(s) })
}

// mark reads the two strings of an __export_symbol_ entry.
func (c *exportSymbols) mark(s exportSymbol) (license, namespace string, err error) {
	if license, err = c.stringAt(s, s.value); err != nil {
		return "", "", err
	}
	namespace, err = c.stringAt(s, s.value+uint64(len(license))+1)
	return license, namespace, err
}

// maxNamespace bounds a namespace string; the kernel's own names are short.
const maxNamespace = 4096

// stringAt reads the NUL-terminated string at an offset in the symbol's
// section.
func (c *exportSymbols) stringAt(s exportSymbol, off uint64) (string, error) {
	data, err := c.section(s)
	if err != nil {
		return "", err
	}
	if off >= uint64(len(data)) {
		return "", c.outside(s, off)
	}
	data = data[off:]
	end := bytes.IndexByte(data[:min(len(data), maxNamespace)], 0)
	if end < 0 {
		return "", c.outside(s, off)
	}
	// Counted like the names: many symbols may point to one string.
	if err := c.names.charge(end); err != nil {
		return "", err
	}
	return string(data[:end]), nil
}

func (c *exportSymbols) outside(s exportSymbol, off uint64) error {
	return &elfmod.FormatError{Msg: fmt.Sprintf("export %s points at offset %d, outside section %d",
		c.names.buf[s.name.from:s.name.to], off, s.section)}
}
