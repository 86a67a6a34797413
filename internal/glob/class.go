package glob

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
	ranges := classRanges(string(p[j+2 : k]))
	return item{ranges: ranges, unknown: ranges == "", class: true, next: k + 2}, true
}

// classRanges returns the members of a class in the C locale, see ctype(3), as
// the first and last byte of each range. It is empty for an unknown class.
func classRanges(name string) string {
	switch name {
	case "alnum":
		return "09AZaz"
	case "alpha":
		return "AZaz"
	case "blank":
		return "\t\t  "
	case "cntrl":
		return "\x00\x1f\x7f\x7f"
	case "digit":
		return "09"
	case "graph":
		return "!~"
	case "lower":
		return "az"
	case "print":
		return " ~"
	case "punct":
		return "!/:@[`{~"
	case "space":
		return "\t\r  "
	case "upper":
		return "AZ"
	case "xdigit":
		return "09AFaf"
	}
	return ""
}
