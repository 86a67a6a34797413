package index

import (
	"cmp"
	"slices"
)

// Match appends to dst the entries of all keys that match the query, in
// ascending order of priority, and returns the extended slice. Keys are
// patterns, see the package documentation; the query is a plain string. With an
// error, a [CorruptError], dst is returned as it was.
//
// Entries of equal priority have the order in which modprobe(8) takes them: what
// the walk meets last, a plain key or the longest plain beginning, goes first.
func (r *Reader) Match(dst []Entry, query string) ([]Entry, error) {
	start := len(dst)
	m := matcher{
		walk:  walk{r: r, left: len(r.data)},
		query: query,
		dst:   dst,
		work:  workFactor * len(r.data),
	}
	if err := m.match(); err != nil {
		return dst, err
	}
	if found := m.dst[start:]; len(found) > 1 {
		slices.Reverse(found)
		slices.SortStableFunc(found, func(a, b Entry) int {
			return cmp.Compare(a.Priority, b.Priority)
		})
	}
	return m.dst, nil
}

// match follows the query down the trie, byte by byte, and turns aside
// wherever a pattern begins.
func (m *matcher) match() error {
	ref, i := m.r.root, 0
	for {
		n, err := m.r.node(ref)
		if err != nil {
			return err
		}
		for k, c := range n.prefix {
			if isWild(c) {
				m.begin(i)
				m.key = m.key[:i-k]
				return m.visit(ref, state{seg: i}, i)
			}
			if i == len(m.query) || m.query[i] != c {
				return nil
			}
			i++
		}
		for _, c := range [...]byte{'*', '?', '['} {
			if ref := m.r.child(&n, c); ref != 0 {
				m.begin(i)
				m.key = append(m.key, c)
				if err := m.visit(ref, state{seg: i}, i); err != nil {
					return err
				}
			}
		}
		if i == len(m.query) {
			m.key = append(m.key[:0], m.query...)
			return m.take(&n)
		}
		if isWild(m.query[i]) {
			return nil // a pattern begins here, and was looked at
		}
		if ref = m.r.child(&n, m.query[i]); ref == 0 {
			return nil
		}
		i++
	}
}

// isWild reports whether a pattern begins with c.
func isWild(c byte) bool { return c == '*' || c == '?' || c == '[' }
