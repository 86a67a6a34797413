package glob

import "github.com/gokmod/gokmod/internal/ctype"

// maxClassName bounds the search for the end of a class name.
const maxClassName = len("xdigit")

// startsClass reports whether the '[' at i may begin a class such as
// "[:alpha:]".
func startsClass[P ~string | ~[]byte](p P, i int) bool {
	_, ok := classAt(p, i)
	return ok
}

// classAt reads "[:name:]" at j.
func classAt[P ~string | ~[]byte](p P, j int) (it item, ok bool) {
	if j+1 >= len(p) || p[j+1] != ':' {
		return item{}, false
	}
	k := j + 2
	for k < len(p) && k-j-2 < maxClassName && 'a' <= p[k] && p[k] <= 'z' {
		k++
	}
	if k+1 >= len(p) || p[k] != ':' || p[k+1] != ']' {
		return item{}, false
	}
	ranges := ctype.Ranges(string(p[j+2 : k]))
	return item{ranges: ranges, unknown: ranges == "", class: true, next: k + 2}, true
}
