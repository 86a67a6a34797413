// Package glob matches strings against shell patterns, as fnmatch(3) does with
// no flags in the C locale. It decides whether an alias of a kernel module,
// which may be a pattern, covers a device's modalias.
//
// A pattern is made of
//
//	?        any one byte
//	*        any bytes, or none; '/' and a leading '.' are ordinary bytes
//	[a-z]    one byte of a set: single bytes, ranges, classes like [:digit:]
//	[!a-z]   one byte outside the set; [^a-z] means the same
//	\x       the byte x itself
//
// and of bytes that stand for themselves. Inside a set, ']' is an ordinary byte
// in first position, and '-' in first and last position. A '[' without a
// closing ']' stands for itself. A range that runs backwards is empty. A
// pattern that ends in a lone '\' or in the "a-" of an unclosed set, or that
// names an unknown class, matches nothing. Collating elements and equivalence
// classes, [.x.] and [=x=], are not supported.
//
// Matching is by bytes and case sensitive. It goes through the pattern once and
// keeps all places in the string up to which the pattern read so far matches, 64
// to a word: text between two stars is not searched for again at every place, and
// a run of "?" is a shift.
//
// # Work
//
// Patterns and strings are untrusted, so work is counted in steps. A step is one
// of these:
//
//   - a byte of a pattern compared with up to 64 places of the string;
//   - a place of the string compared with a set, or examined for a table of
//     where each byte occurs;
//   - a byte of a set read again, since each "]" may end the set.
//
// A [Matcher] for one string shares the steps for common beginnings of patterns.
// Callers that match a string with all patterns of a file stop after
// [StepsPerByte] steps for each byte of both, with a [BudgetError]. The places in
// use take at most 8 MiB, or the size of one state if that is more: an eighth of
// the string's bytes.
package glob
