package glob

// A Matcher matches one string with many patterns. Their common beginnings are
// matched once: see [Feed].
type Matcher struct {
	Budget // in steps; once it runs out, nothing matches
	text   string
	bits   []uint64 // the places of the states in use, a block for each
	mine   int      // where the unused blocks begin
	tabled bool     // make a table when it first pays
	table  table
	room   [bitsRoom + rowsRoom]uint64 // for bits and table, while it is large enough
}

// The words that the modaliases of real devices need.
const (
	bitsRoom = 32
	rowsRoom = 48
)

// NewMatcher returns a matcher for a string.
func NewMatcher(text string, budget Budget) *Matcher {
	m := &Matcher{Budget: budget, text: text, tabled: len(text) <= maxTabled}
	m.bits = m.room[:0:bitsRoom]
	return m
}

// A State is how far the beginning of a pattern got in a string: the places up
// to which that beginning matches it. These are all places from lo to hi, or
// those of them that have a bit in a block. States are used like a stack:
// feeding one invalidates all that were made after it.
type State struct {
	lo, hi int
	block  int  // where the bits are, plus 1; 0 for all from lo to hi
	end    int  // of the blocks in use
	open   int  // where an unclosed '[' is, plus 1
	escape bool // the last byte was a backslash
}

// Start is the state before a pattern's first byte, for a pattern that is to
// match the text from the place at.
func (m *Matcher) Start(at int) State { return State{lo: at, hi: at} }

// Feed reads the pattern on from the byte at from, up to which the state has
// read. It reports false when no pattern that begins like this can match, or
// when the budget ran out.
func Feed[P ~string | ~[]byte](m *Matcher, s State, pattern P, from int) (State, bool) {
	m.mine = s.end
	for i := from; i < len(pattern); i++ {
		c, ok := pattern[i], true
		switch {
		case s.open > 0:
			if ok = m.Spend(1); ok && c == ']' {
				ok = closeSet(m, &s, pattern[:i+1])
			}
		case c == '[' && !s.escape:
			s.open = i + 1
			ok = m.Spend(1)
		default:
			ok = m.read(&s, c)
		}
		if !ok {
			return s, false
		}
	}
	return s, true
}

// Matches reports whether the pattern, which the state has read to its end,
// matches the whole string.
func Matches[P ~string | ~[]byte](m *Matcher, s State, pattern P) bool {
	if s.open > 0 {
		m.mine = s.end
		if !feedOpen(m, &s, pattern) {
			return false
		}
	}
	return !s.escape && s.hi == len(m.text)
}

// CanFollow reports whether a pattern in this state could go on with c. It
// costs no step.
func (m *Matcher) CanFollow(s State, c byte) bool {
	if s.open > 0 || s.lo < s.hi {
		return true
	}
	here := s.lo < len(m.text)
	if s.escape {
		return here && m.text[s.lo] == c
	}
	switch c {
	case '*':
		return true
	case '?', '[', '\\':
		return here
	}
	return here && m.text[s.lo] == c
}

// read reads a byte outside a set.
func (m *Matcher) read(s *State, c byte) bool {
	switch {
	case s.escape:
		s.escape = false
	case c == '\\':
		s.escape = true
		return m.Spend(1)
	case c == '*':
		s.hi, s.block = len(m.text), 0
		return m.Spend(1)
	case c == '?':
		return m.any(s)
	}
	return m.literal(s, c)
}

// any takes one byte, whatever it is.
func (m *Matcher) any(s *State) bool {
	if s.block > 0 {
		return m.advance(s, filter{any: true})
	}
	s.lo, s.hi = s.lo+1, min(s.hi+1, len(m.text))
	return m.Spend(1) && s.lo <= s.hi
}

// literal takes the byte c.
func (m *Matcher) literal(s *State, c byte) bool {
	if s.lo == s.hi { // by far the most frequent case
		if s.lo == len(m.text) || m.text[s.lo] != c {
			return false
		}
		s.lo, s.hi = s.lo+1, s.lo+1
		return m.Spend(1)
	}
	if m.tabled {
		row := m.row(c)
		return row != nil && m.advance(s, filter{row: row})
	}
	return m.advance(s, filter{one: c})
}
