// Package symtab reads which symbols a kernel exports to modules, from the two
// files that a kernel build produces. With such a list, depmod(8) can report
// symbols that nothing provides; without one it must assume that the kernel has
// every symbol that no module exports.
//
// # System.map
//
// Lines of an address, a letter and a name, with spaces between them. Only names
// "__ksymtab_NAME" matter: the kernel exports NAME. The address and the letter
// are ignored. A fourth word, the module in /proc/kallsyms, means that the
// symbol is not the kernel's.
//
// # Module.symvers
//
// Lines of a CRC in hexadecimal, with or without "0x", a name, the file that
// exports it, and more: the way of exporting, the namespace. Only lines whose
// file is vmlinux count. Words are separated by tabs; spaces do too. From Linux
// 5.4 to 5.6 the namespace, possibly empty, stood before the file. Before 2.6.18
// nothing followed the file. Of two lines for one name, the later one counts.
//
// # What depmod does with them
//
// Found by experiments with kmod 30; the examples are its output.
//
// Nothing is reported without -e, though the file is read, and "-e needs -E or -F" if neither is
// given. If both are given, -E is read and -F is not, in whatever order they appear. A file that
// cannot be opened is fatal, exit 1; bad lines are not.
//
// Dependencies never depend on these files: a symbol that both the kernel and a
// module export is the module's, with its CRC. A symbol that the file attributes
// to a module counts only if a module of the tree has it.
//
// For each module in the order of modules.dep, for each symbol in the order of
// its first mention, first the undefined symbols of the symbol table, then those
// that only the versions name, such as module_layout:
//
//	depmod: WARNING: /lib/modules/V/kernel/u.ko needs unknown symbol nover
//	depmod: WARNING: /lib/modules/V/kernel/u.ko disagrees about version of symbol exp2
//
// The first means that neither a module nor the kernel exports the symbol. The
// second is reported with -E only, never with -F, and for symbols of modules too:
// the CRC in the module that needs the symbol is not the provider's; either is 0
// if the file has none. Weak symbols are never reported, unknown or not. See
// [Always] for those that exist without a provider. The exit status stays 0.
//
// A '.' before a needed name is dropped when its provider is looked up, but not
// one before an exported name, so that such names are never found; messages show
// the name as the module has it. -P takes a single character, else "-P only
// takes a single char", exit 1. One such character is dropped at the front of
// exported and of needed names, of names in Module.symvers, and of the whole
// names in System.map, which must then read ___ksymtab_NAME. See [Needed],
// [Exported].
//
// With -v, depmod writes to stdout one line for each module that another one
// needs, with the first symbol that caused the dependency, without its '.':
//
//	/lib/modules/V/kernel/u.ko needs "exp1": /lib/modules/V/kernel/p.ko
//
// # Differences from kmod
//
// kmod wants exactly one space around the letter in System.map and takes any
// further word as part of the name; it reports empty lines. It does not
// recognize a Module.symvers line that ends with vmlinux, nor one with a
// namespace before it, does not report lines with too few words, and compares
// more than 32 bits of a CRC. With "-P _" it takes __this_module and
// _GLOBAL_OFFSET_TABLE_ for unknown.
package symtab
