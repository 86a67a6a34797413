// Package textindex reads the text files of a module directory that say the same as the
// binary index files: modules.dep, modules.alias, modules.symbols and modules.builtin.
// Small systems have only these; see modules.dep(5) and, for the binary ones, package
// index, whose entries the functions return in the order of the file, with the
// priorities that depmod(8) gives them. Lines have these forms:
//
//	modules.dep        kernel/a.ko: kernel/b.ko kernel/c.ko
//	modules.alias      alias pci:v00008086d* a
//	modules.symbols    alias symbol:a_register a
//	modules.builtin    kernel/d.ko
//
// Empty lines and those that begin with "#" do not count. Lines may end in CR and LF.
//
// A file may be cut off or made up. One whose last line has no end was cut off, which
// may have left it a wrong answer; it is an error as any line of another form is. What
// depmod(8) would leave out of a binary file, such as a pattern with an unclosed bracket,
// is left out. Memory and work are bounded by the constants of this package.
package textindex
