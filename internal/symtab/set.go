package symtab

import (
	"fmt"
	"iter"
	"strings"
)

// Options says how a file is read. The zero value suits most machines.
type Options struct {
	// Prefix is dropped once at the front of each name that has it, as with
	// "depmod -P". 0 means none.
	Prefix byte
}

// Warning is about a line that is ignored.
type Warning struct {
	Line int    // from 1
	Text string // what is wrong
}

// String is the sentence "line 3: the line is too long".
func (w Warning) String() string { return fmt.Sprintf("line %d: %s", w.Line, w.Text) }

// Set is the exported symbols of a kernel. It is immutable and safe for
// concurrent use. The zero value is empty.
type Set struct {
	crcs     map[string]uint32
	versions bool

	// Warnings are the bad lines: at most MaxWarnings, and one saying that
	// there are more.
	Warnings []Warning
}

// NewSet makes the set of the names that exports yields with their versions, which are
// 0 where the kernel has none, as in its Module.symvers.
func NewSet(exports iter.Seq2[string, uint32], o Options) *Set {
	s := &Set{crcs: map[string]uint32{}, versions: true}
	for name, crc := range exports {
		if name = Exported(name, o.Prefix); name != "" {
			s.crcs[name] = crc
		}
	}
	return s
}

// Has reports whether the kernel exports a symbol. The name must be as [Needed]
// returns it.
func (s *Set) Has(name string) bool {
	_, ok := s.crcs[name]
	return ok
}

// CRC returns the version of a symbol. ok is false if the kernel does not
// export it or the file has no versions, as a System.map.
func (s *Set) CRC(name string) (crc uint32, ok bool) {
	crc, ok = s.crcs[name]
	return crc, ok && s.versions
}

// Always reports whether a needed symbol exists although nothing exports it: it
// is made when a module is linked or loaded. Its version is 0.
func Always(name string) bool {
	name = strings.TrimPrefix(name, ".")
	return name == "__this_module" || name == "_GLOBAL_OFFSET_TABLE_" || name == "TOC."
}

// Needed returns the name under which the provider of a needed symbol is looked
// up: without the '.' that old PowerPC modules have, and without the prefix.
func Needed(name string, prefix byte) string {
	return Exported(strings.TrimPrefix(name, "."), prefix)
}

// Exported returns the name under which an exported symbol is known.
func Exported(name string, prefix byte) string {
	if prefix != 0 && len(name) > 0 && name[0] == prefix {
		return name[1:]
	}
	return name
}
