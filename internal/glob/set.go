package glob

// set matches c with the set that begins at the '[' at i.
func (m *matcher[T]) set(i int, c byte) (next int, ok bool) {
	if i >= m.unclosed && !m.startsClass(i) {
		return i + 1, c == '['
	}
	j := i + 1
	negated := j < len(m.p) && (m.p[j] == '!' || m.p[j] == '^')
	if negated {
		j++
	}
	in := false
	for first := true; j < len(m.p); first = false {
		if m.p[j] == ']' && !first {
			return j + 1, in != negated
		}
		it, ok := m.item(j)
		if !ok {
			break
		}
		if it.unknown && !in {
			return j, false
		}
		in = in || it.has(c)
		j = it.next
	}
	// Every later '[' that this search went over lacks its ']' too, except one
	// that the search took for the beginning of a class. Remembering it keeps
	// a row of such brackets from being searched again and again.
	m.unclosed = min(m.unclosed, i)
	return i + 1, c == '['
}

// An item is one member of a set: the bytes lo to hi, or a class.
type item struct {
	lo, hi  byte
	class   string
	unknown bool // an unknown class or an unfinished range: nothing matches
	next    int  // where the next item begins
}

// has reports whether c belongs to the item.
func (it item) has(c byte) bool {
	if it.class != "" {
		return inClass(it.class, c)
	}
	return !it.unknown && it.lo <= c && c <= it.hi
}

// element reads one byte, escaped byte or class at j; ok is false when the
// pattern ends inside of it.
func (m *matcher[T]) element(j int) (it item, ok bool) {
	c, next := m.p[j], j+1
	switch c {
	case '\\':
		if next == len(m.p) {
			return item{}, false
		}
		c, next = m.p[next], next+1
	case '[':
		if it, ok := m.classAt(j); ok {
			return it, true
		}
	}
	return item{lo: c, hi: c, next: next}, true
}

// item reads one member of a set at j; ok is false when the pattern ends
// inside of it. A class begins no range, and where it would end one its '['
// counts as a byte.
func (m *matcher[T]) item(j int) (it item, ok bool) {
	it, ok = m.element(j)
	k := it.next
	if !ok || it.class != "" || it.unknown || k == len(m.p) || m.p[k] != '-' {
		return it, ok
	}
	switch {
	case k+1 == len(m.p):
		return item{unknown: true, next: k + 1}, true
	case m.p[k+1] == ']':
		return it, true
	case m.p[k+1] == '[':
		return item{lo: it.lo, hi: '[', next: k + 2}, true
	}
	to, ok := m.element(k + 1)
	to.lo = it.lo
	return to, ok
}
