package index

import (
	"strings"

	"github.com/gokmod/gokmod/internal/glob"
)

// workFactor bounds how many bytes of patterns may be matched as a whole, as a
// multiple of the size of the file. Real files stay below one.
const workFactor = 64

// A matcher goes through the patterns below a place in the trie.
type matcher struct {
	walk
	query string
	base  int    // where the pattern begins in the key, and the rest in the query
	rest  string // query[base:]
	dst   []Entry
	work  int // bytes of patterns that may still be matched as a whole
}

// A state says how far a part of a pattern has got, so that what its branches
// have in common is matched once, and what leads nowhere is not followed. It
// knows plain bytes and '*'. What lies between two stars is best matched where
// it first occurs; so is what was read since the last star.
type state struct {
	seg    int  // where the key goes on after its last star
	at     int  // the first place in rest where key[seg:] occurs
	opaque bool // something else occurred: match the whole at its end
}

// begin sets the matcher to patterns that begin with byte i of their key.
func (m *matcher) begin(i int) {
	if m.key == nil {
		m.key = make([]byte, 0, 128)
	}
	m.base = i
	m.key = append(m.key[:0], m.query[:i]...)
	m.rest = m.query[i:]
}

// visit takes the values of all keys at and below a node that match. The state
// covers the key up to from.
func (m *matcher) visit(ref uint32, s state, from int) error {
	n, err := m.enter(ref)
	if err != nil {
		return err
	}
	s, ok := m.feed(s, from)
	if !ok {
		return nil
	}
	if n.values != 0 {
		if ok, err := m.accept(&n, s); err != nil {
			return err
		} else if ok {
			if err := m.take(&n); err != nil {
				return err
			}
		}
	}
	if n.children == 0 {
		return nil
	}
	here := len(m.key)
	for c := n.first; c <= n.last; c++ {
		ref := m.r.child(&n, c)
		if ref == 0 {
			continue
		}
		m.key = append(m.key[:here], c)
		if s, ok := m.feed(s, here); ok {
			if err := m.visit(ref, s, here+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// feed advances the state over the key from the place from on. It reports false
// when no key that begins like this matches.
func (m *matcher) feed(s state, from int) (state, bool) {
	if s.opaque {
		return s, true
	}
	for i := from; i < len(m.key); i++ {
		switch c := m.key[i]; c {
		case '*':
			s.at += i - s.seg
			s.seg = i + 1
		case '?', '[', '\\':
			s.opaque = true
			return s, true
		default:
			if end := s.at + i - s.seg; end < len(m.rest) && m.rest[end] == c {
				continue
			}
			if s.at == len(m.rest) {
				return s, false
			}
			skip := strings.Index(m.rest[s.at+1:], string(m.key[s.seg:i+1]))
			if skip < 0 {
				return s, false
			}
			s.at += 1 + skip
		}
	}
	return s, true
}

// accept reports whether the key as it stands matches the query.
func (m *matcher) accept(n *node, s state) (bool, error) {
	if !s.opaque {
		tail := m.key[s.seg:]
		at := len(m.rest) - len(tail)
		return at >= s.at && m.rest[at:] == string(tail), nil
	}
	pattern := m.key[m.base:]
	if m.work -= len(pattern); m.work < 0 {
		return false, m.r.corrupt(n.off, "the patterns are too long")
	}
	return glob.Match(pattern, m.rest), nil
}

// take adds the values of the node at hand to what was found.
func (m *matcher) take(n *node) error {
	_, err := m.each(n, func(e Entry) bool {
		m.dst = append(m.dst, e)
		return true
	})
	return err
}
