// Package glob matches strings against shell patterns, as fnmatch(3) does with
// no flags in the C locale. It is what decides whether an alias of a kernel
// module, which may be a pattern, covers a device's modalias.
//
// A pattern is made of
//
//	?        any one byte
//	*        any bytes, also none; '/' and a leading '.' are ordinary bytes
//	[a-z]    one byte of a set: single bytes, ranges, classes like [:digit:]
//	[!a-z]   one byte outside of a set; [^a-z] means the same
//	\x       the byte x itself
//
// and of bytes that stand for themselves. Inside a set, ']' is an ordinary byte
// in the first place, '-' in the first and the last. A '[' that no ']' closes
// stands for itself. A range that runs backwards is empty. A pattern that ends
// in a lone '\' or in an open set's "a-", or that names an unknown class,
// matches nothing. Collating elements and equivalence classes, [.x.] and [=x=],
// are not known here.
//
// Matching is by bytes and case sensitive. It takes at most a time proportional
// to the product of both lengths, whatever the pattern.
package glob
