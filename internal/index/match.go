package index

import (
	"cmp"
	"slices"

	"github.com/gokmod/gokmod/internal/glob"
)

// StepsPerByte bounds the work of [Reader.Match] (see package glob): this many
// steps for each byte of the file and of the query. [Reader.All] yields at most
// this many bytes for each byte of the file.
const StepsPerByte = glob.StepsPerByte

// Match appends to dst the entries of all keys that match the query, in
// ascending order of priority, and returns the extended slice. Keys are
// patterns, see the package documentation; the query is a plain string. On an
// error, a [CorruptError] or a [glob.BudgetError], dst is returned unchanged.
// Each byte of a key that is returned counts as a step too.
//
// Entries of equal priority are in the order in which modprobe(8) takes them:
// what the walk meets last, a plain key or the longest plain beginning, comes
// first.
func (r *Reader) Match(dst []Entry, query string) ([]Entry, error) {
	return r.MatchWithin(nil, dst, query)
}

// MatchWithin is [Reader.Match] that also takes its steps from a budget shared
// by several queries, which may be nil.
func (r *Reader) MatchWithin(budget *glob.Budget, dst []Entry, query string) ([]Entry, error) {
	start := len(dst)
	m := matcher{walk: walk{r: r, left: len(r.data)}, query: query, budget: budget, dst: dst}
	err := m.match()
	if budget != nil {
		budget.Spend(m.at)
		if m.run != nil {
			budget.Spend(m.run.Used())
		}
	}
	if err != nil {
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

// match follows the query down the trie, byte by byte, and branches off where a
// pattern begins.
func (m *matcher) match() error {
	ref := m.r.root
	for {
		n, err := m.r.node(ref)
		if err != nil {
			return err
		}
		for k, c := range n.prefix {
			if isWild(c) {
				return m.patterns(ref, m.at-k, "")
			}
			if !m.follow(c) {
				return nil
			}
		}
		for _, c := range [...]string{"*", "?", "["} {
			if ref := m.r.child(&n, c[0]); ref != 0 {
				if err := m.patterns(ref, m.at, c); err != nil {
					return err
				}
			}
		}
		if m.at == len(m.query) {
			m.key = append(m.key[:0], m.query...)
			return m.take(&n)
		}
		c := m.query[m.at]
		if isWild(c) {
			return nil // a pattern begins here, which has been matched already
		}
		if ref = m.r.child(&n, c); ref == 0 || !m.follow(c) {
			return nil
		}
	}
}

// follow takes a plain byte of a key, and reports whether the query has it too.
func (m *matcher) follow(c byte) bool {
	if m.at == len(m.query) || m.query[m.at] != c {
		return false
	}
	m.at++
	return true
}

// isWild reports whether a pattern begins with c.
func isWild(c byte) bool { return c == '*' || c == '?' || c == '[' }
