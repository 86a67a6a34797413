package index

import "github.com/gokmod/gokmod/internal/glob"

// A matcher walks the keys that match a query. Common beginnings of patterns
// are matched once, and branches that cannot match are not followed.
type matcher struct {
	walk
	query  string
	budget *glob.Budget  // for several queries; may be nil
	at     int           // length of the plain beginning of keys matched so far
	run    *glob.Matcher // of the query, made at the first pattern; the walk's key is in use from then on
	dst    []Entry
}

// patterns takes the values of all keys at and below a node that match and are
// patterns from position at on. The node's prefix begins at position here, or
// behind the byte that leads to it.
func (m *matcher) patterns(ref uint32, here int, edge string) error {
	if m.run == nil {
		m.run = glob.NewMatcher(m.query, glob.NewBudget(len(m.r.data)+len(m.query)).Within(m.budget))
		m.key = make([]byte, 0, keyRoom)
	}
	m.key = append(append(m.key, m.query[len(m.key):here]...), edge...)
	err := m.visit(ref, m.run.Start(m.at), m.at)
	m.key = m.key[:m.at] // which still begins as the query does
	return err
}

// keyRoom is the length that few keys exceed.
const keyRoom = 128

// visit takes the values of all matching keys at and below a node. The state
// covers the key up to from.
func (m *matcher) visit(ref uint32, s glob.State, from int) error {
	n, err := m.enter(ref)
	if err != nil {
		return err
	}
	s, ok := m.feed(s, from)
	if !ok {
		return m.run.Err(m.r.name)
	}
	if n.values != 0 && glob.Matches(m.run, s, m.key[m.at:]) {
		if err := m.take(&n); err != nil {
			return err
		}
	}
	if n.children == 0 {
		return m.run.Err(m.r.name)
	}
	here := len(m.key)
	for c := n.first; c <= n.last; c++ {
		ref := m.r.child(&n, c)
		if ref == 0 || !m.run.CanFollow(s, c) {
			continue
		}
		m.key = append(m.key[:here], c)
		if s, ok := m.feed(s, here); ok {
			if err := m.visit(ref, s, here+1); err != nil {
				return err
			}
		}
	}
	return m.run.Err(m.r.name)
}

// feed advances the state over the key from position from on. It reports false
// when no key that begins like this can match, or when the budget ran out.
func (m *matcher) feed(s glob.State, from int) (glob.State, bool) {
	return glob.Feed(m.run, s, m.key[m.at:], from-m.at)
}

// take adds the values of the current node to those found.
func (m *matcher) take(n *node) error {
	if m.run != nil && !m.run.Spend(len(m.key)) {
		return m.run.Err(m.r.name)
	}
	_, err := m.each(n, func(e Entry) bool {
		m.dst = append(m.dst, e)
		return true
	})
	return err
}
