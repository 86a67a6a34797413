package moddir

import "strings"

// The index files, which depmod(8) makes: text for people, and binary ones for
// look-ups.
const (
	Dep             = "modules.dep"
	DepBin          = "modules.dep.bin"
	Alias           = "modules.alias"
	AliasBin        = "modules.alias.bin"
	Softdep         = "modules.softdep"
	Weakdep         = "modules.weakdep"
	Symbols         = "modules.symbols"
	SymbolsBin      = "modules.symbols.bin"
	BuiltinBin      = "modules.builtin.bin"
	BuiltinAliasBin = "modules.builtin.alias.bin"
	Devname         = "modules.devname"
)

// What the kernel's build leaves, and depmod reads.
const (
	Order          = "modules.order"           // the modules in the order of linking
	Builtin        = "modules.builtin"         // the paths that built-ins would have as modules
	BuiltinModinfo = "modules.builtin.modinfo" // their fields, since Linux 5.2
)

// Indexes are all index files.
func Indexes() []string {
	return []string{Dep, DepBin, Alias, AliasBin, Softdep, Weakdep, Symbols, SymbolsBin,
		BuiltinBin, BuiltinAliasBin, Devname}
}

// BuildFiles are all that the build leaves.
func BuildFiles() []string { return []string{Order, Builtin, BuiltinModinfo} }

// IsOurs reports whether a file of that name in a module directory is the build's or
// depmod's.
func IsOurs(name string) bool { return strings.HasPrefix(name, prefix) }

const prefix = "modules."
