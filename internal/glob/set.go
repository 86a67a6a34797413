package glob

// A byteSet has a bit for each byte.
type byteSet [4]uint64

// add puts the bytes from lo to hi in.
func (b *byteSet) add(lo, hi byte) {
	for c := int(lo); c <= int(hi); c++ {
		b[c/64] |= 1 << (c % 64)
	}
}

func (b *byteSet) has(c byte) bool { return b[c/64]>>(c%64)&1 != 0 }

// A set is a bracket expression.
type set struct {
	members byteSet
	negated bool
	unknown bool // it has an unknown part: only the members before it match
	next    int  // where the pattern goes on; 0 if there is no ']'
}

// parseSet reads the set that begins at the '[' at i.
func parseSet[P ~string | ~[]byte](p P, i int) (s set) {
	j := i + 1
	s.negated = j < len(p) && (p[j] == '!' || p[j] == '^')
	if s.negated {
		j++
	}
	for first := true; j < len(p); first = false {
		if p[j] == ']' && !first {
			s.next = j + 1
			return s
		}
		it, ok := itemAt(p, j)
		if !ok {
			return s
		}
		s.unknown = s.unknown || it.unknown
		for k := 0; k < len(it.ranges) && !s.unknown; k += 2 {
			s.members.add(it.ranges[k], it.ranges[k+1])
		}
		if !it.class && !s.unknown {
			s.members.add(it.lo, it.hi)
		}
		j = it.next
	}
	return s
}

// feedSet takes one byte of a set.
func (m *Matcher) feedSet(s *State, set *set) bool {
	if set.negated {
		if set.unknown {
			return false
		}
		for i := range set.members {
			set.members[i] = ^set.members[i]
		}
	}
	return m.advance(s, filter{set: &set.members})
}

// closeSet takes the state's set if the ']' at the end of the pattern closes it.
func closeSet[P ~string | ~[]byte](m *Matcher, s *State, p P) bool {
	open := s.open - 1
	if !m.Spend(len(p) - open) {
		return false
	}
	set := parseSet(p, open)
	if set.next == 0 {
		return true
	}
	s.open = 0
	return m.feedSet(s, &set)
}

// feedOpen reads the end of a pattern from an unclosed '[', which stands for
// itself.
func feedOpen[P ~string | ~[]byte](m *Matcher, s *State, p P) bool {
	first := s.open - 1
	for i := first; i < len(p); {
		next, ok := i+1, true
		if p[i] == '[' && !s.escape && (i == first || startsClass(p, i)) {
			next, ok = feedBracket(m, s, p, i)
		} else {
			// Every later '[' is unclosed too, except one that the search for
			// the first one's ']' took for the beginning of a class.
			ok = m.read(s, p[i])
		}
		if !ok {
			return false
		}
		i = next
	}
	return true
}

// feedBracket reads the set or the literal bracket at i, and returns where the
// pattern goes on.
func feedBracket[P ~string | ~[]byte](m *Matcher, s *State, p P, i int) (next int, ok bool) {
	if !m.Spend(len(p) - i) {
		return 0, false
	}
	set := parseSet(p, i)
	if set.next > 0 {
		return set.next, m.feedSet(s, &set)
	}
	return i + 1, !(set.unknown && !set.members.has('[')) && m.read(s, '[')
}

// An item is one member of a set: the bytes lo to hi, or a class.
type item struct {
	lo, hi  byte
	class   bool
	ranges  string // of a class
	unknown bool   // an unknown class or an unfinished range: nothing matches
	next    int    // where the next item begins
}

// elementAt reads one byte, escaped byte or class at j; ok is false if the
// pattern ends inside it.
func elementAt[P ~string | ~[]byte](p P, j int) (it item, ok bool) {
	c, next := p[j], j+1
	switch c {
	case '\\':
		if next == len(p) {
			return item{}, false
		}
		c, next = p[next], next+1
	case '[':
		if it, ok := classAt(p, j); ok {
			return it, true
		}
	}
	return item{lo: c, hi: c, next: next}, true
}

// itemAt reads one member of a set at j; ok is false if the pattern ends inside
// it. A class cannot begin a range; where one would end a range, its '[' counts
// as a byte.
func itemAt[P ~string | ~[]byte](p P, j int) (it item, ok bool) {
	it, ok = elementAt(p, j)
	k := it.next
	if !ok || it.class || k == len(p) || p[k] != '-' {
		return it, ok
	}
	switch {
	case k+1 == len(p):
		return item{unknown: true, next: k + 1}, true
	case p[k+1] == ']':
		return it, true
	case p[k+1] == '[':
		return item{lo: it.lo, hi: '[', next: k + 2}, true
	}
	to, ok := elementAt(p, k+1)
	to.lo = it.lo
	return to, ok
}
