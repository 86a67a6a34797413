package glob

// maxClassName bounds the search for the end of a class name.
const maxClassName = len("xdigit")

// startsClass reports whether the '[' at i could be the one of "[:alpha:]".
func (m *matcher[T]) startsClass(i int) bool {
	_, ok := m.classAt(i)
	return ok
}

// classAt reads "[:name:]" at j.
func (m *matcher[T]) classAt(j int) (it item, ok bool) {
	if j+1 >= len(m.p) || m.p[j+1] != ':' {
		return item{}, false
	}
	k := j + 2
	for k < len(m.p) && k-j-2 < maxClassName && 'a' <= m.p[k] && m.p[k] <= 'z' {
		k++
	}
	if k+1 >= len(m.p) || m.p[k] != ':' || m.p[k+1] != ']' {
		return item{}, false
	}
	name := className(string(m.p[j+2 : k]))
	return item{class: name, unknown: name == "", next: k + 2}, true
}

// className returns the constant for a known class, else the empty string.
func className(s string) string {
	for _, known := range [...]string{
		"alnum", "alpha", "blank", "cntrl", "digit", "graph",
		"lower", "print", "punct", "space", "upper", "xdigit",
	} {
		if s == known {
			return known
		}
	}
	return ""
}

// inClass reports whether c is in the class, as ctype(3) says for the C locale.
func inClass(class string, c byte) bool {
	lower := 'a' <= c && c <= 'z'
	upper := 'A' <= c && c <= 'Z'
	digit := '0' <= c && c <= '9'
	graph := '!' <= c && c <= '~'
	switch class {
	case "alnum":
		return lower || upper || digit
	case "alpha":
		return lower || upper
	case "blank":
		return c == ' ' || c == '\t'
	case "cntrl":
		return c < ' ' || c == 0x7f
	case "digit":
		return digit
	case "graph":
		return graph
	case "lower":
		return lower
	case "print":
		return graph || c == ' '
	case "punct":
		return graph && !lower && !upper && !digit
	case "space":
		return c == ' ' || '\t' <= c && c <= '\r'
	case "upper":
		return upper
	}
	return digit || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' // xdigit
}
