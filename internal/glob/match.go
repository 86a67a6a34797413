package glob

// Match reports whether the whole of s matches the pattern. It allocates
// nothing and follows fnmatch(3) with flags 0.
func Match[P, S ~string | ~[]byte](pattern P, s S) bool {
	m := matcher[P]{p: pattern, unclosed: len(pattern)}
	pi, si := 0, 0
	star, mark := -1, 0
	// Only the last '*' is ever worth going back to: an earlier one could but
	// give the later one less to match.
	for {
		if pi == len(pattern) && si == len(s) {
			return true
		}
		if pi < len(pattern) && pattern[pi] == '*' {
			pi++
			star, mark = pi, si
			continue
		}
		if pi < len(pattern) && si < len(s) {
			if next, ok := m.one(pi, s[si]); ok {
				pi, si = next, si+1
				continue
			}
		}
		if star < 0 || si == len(s) {
			return false
		}
		mark++
		pi, si = star, mark
	}
}

// A matcher holds the pattern and what was learned about it on the way.
type matcher[T ~string | ~[]byte] struct {
	p        T
	unclosed int // place of the first '[' found to have no ']'
}

// one matches one byte of the string with the part of the pattern at i, and
// returns where the next part begins.
func (m *matcher[T]) one(i int, c byte) (next int, ok bool) {
	switch m.p[i] {
	case '?':
		return i + 1, true
	case '\\':
		return i + 2, i+1 < len(m.p) && m.p[i+1] == c
	case '[':
		return m.set(i, c)
	}
	return i + 1, m.p[i] == c
}
