// Package ksymtab reads from an unpacked kernel what it exports to modules: names,
// versions, licenses and namespaces of symbols.
//
// A kernel has, in this order and aligned to four bytes or to a pointer,
//
//	__ksymtab           a record for each exported symbol, by name in ascending order
//	__ksymtab_gpl       the same, of symbols for modules under the GPL only
//	__kcrctab           the version of each symbol of __ksymtab: 32 bits, before
//	                    Linux 4.10 a long; before 5.19 some machines have offsets from
//	                    there to the version
//	__kcrctab_gpl       the same for __ksymtab_gpl
//	__kflagstab         since Linux 7.0, in the place of __ksymtab_gpl: a byte for each
//	                    symbol, of which bit 0 is GPL-only
//	__ksymtab_strings   names and namespaces
//
// __kcrctab is absent where modules need no versions. Before Linux 5.12 there were
// three more tables, empty in most kernels: _unused, _unused_gpl, _gpl_future.
//
// A record is one of
//
//	value, name, namespace   32-bit offsets from the field itself, 0 for no namespace
//	value, name, namespace   pointers
//	value, name              either of them; before Linux 5.4
//
// An ELF kernel names the tables as its sections. Other kernels are the bare contents
// of memory, from an address on that they do not state. There the tables are found by
// what they are: the longest sequence of records whose names are identifiers in
// ascending order, which begin anew once, where the symbols for the GPL begin. What
// follows up to the strings tells by its size whether there are versions and flags, and
// that no record is missing: an image that was cut has not all names.
// Where records are pointers, the address of the image is that one at which most of them
// lead to the beginnings of names.
//
// Images are untrusted. Work is bounded by a multiple of their size.
package ksymtab
