// Package index reads and writes the binary index files of a kernel's module
// directory: modules.dep.bin, modules.alias.bin, modules.symbols.bin,
// modules.builtin.bin and modules.builtin.alias.bin, which depmod(8) makes.
//
// # Layout
//
// All integers are unsigned, 32 bits, big-endian. Strings end in a NUL byte.
// The file begins with
//
//	magic      0xB007F457
//	version    0x00020001, the major number in the upper half
//	root       reference of the root node
//
// A reference is the offset of a node in its low 28 bits; its high four say
// what the node has:
//
//	0x80000000    a prefix
//	0x40000000    values
//	0x20000000    children
//
// The node has the parts that its reference announces, in this order:
//
//	prefix      string
//	children    first byte, last byte, then last-first+1 references, with 0
//	            for no child
//	values      count, then for each: priority, string
//
// The nodes form a compressed trie of the keys. The key of a node is the key of
// its parent, the byte that leads to it (which its place among the references
// implies), and its own prefix. A node with one child and no value is merged
// into that child.
//
// Keys are 7-bit ASCII. The values of a key are in ascending order of priority,
// where the lower number is the better one. Nodes stand in no particular order:
// kmod wrote children before their parents up to version 33, and in pre-order,
// the root at offset 12, since version 34.
//
// # Keys that are patterns
//
// The files of aliases and symbols have shell patterns for keys. A key is a
// plain string up to its first '*', '?' or '[', and a pattern in the sense of
// package glob from there on: a backslash before that place is a plain byte.
//
// # Untrusted files
//
// No file makes a method panic, recurse without bound or allocate more than in
// proportion to the file. Keys end at [MaxKey] bytes. In a tree every node has
// one parent, so no walk can see more bytes than the file has; a walk that does
// has met a cycle or shared nodes, and fails. A query takes at most
// [StepsPerByte] steps for each byte of the file and of the query; one that
// would take more fails with an error that matches glob.ErrBudget.
package index
