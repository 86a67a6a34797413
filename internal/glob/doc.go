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
// Matching is by bytes and case sensitive. It goes through the pattern once, with
// all places of the string up to which the pattern as read so far matches, in a
// word for each 64 of them: what lies between two stars is not searched for again
// at every place, and a run of "?" is a shift.
//
// # Work
//
// Patterns and strings come from strangers, so work is counted, in steps. A step
// is one of these:
//
//   - a byte of a pattern compared with up to 64 places of the string;
//   - a place of the string compared with a set, or looked at for a table of
//     where each byte occurs;
//   - a byte of a set read once more, since each "]" may be the end of it.
//
// A [Matcher] for one string shares the steps for what patterns begin with in
// common. Those who match a string with all patterns of a file stop after
// [StepsPerByte] steps for each byte of both, with a [BudgetError]. The places
// at hand take at most 8 MiB, or what one state of the string takes: an eighth of
// its bytes.
package glob
