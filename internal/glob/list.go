package glob

import (
	"slices"
	"sort"
	"strings"
)

// A List finds those of many patterns that match a string. It holds them as a
// trie: common beginnings are matched once, and patterns that the string's first
// bytes rule out are not tried. A List is immutable and safe for concurrent use.
// The zero value is empty.
type List struct {
	nodes []listNode // the first is the root
	same  []int32    // by pattern: the next one with the same text, plus 1
	size  int        // bytes of all patterns
}

// A listNode is a node of the trie. Nodes are identified by index; 0 stands for
// none.
type listNode struct {
	label   string // the pattern up to this node
	child   int32  // the first one
	sibling int32  // the next one, in ascending order of the first byte
	pattern int32  // the first that ends here, plus 1
}

// NewList makes a list of patterns, which are identified by their indexes in
// it.
func NewList(patterns []string) List {
	if len(patterns) == 0 {
		return List{}
	}
	l := List{nodes: make([]listNode, 1, len(patterns)+1), same: make([]int32, len(patterns))}
	order := make([]int32, len(patterns))
	for i := range order {
		order[i] = int32(i)
		l.size += len(patterns[i])
	}
	slices.SortStableFunc(order, func(a, b int32) int { return strings.Compare(patterns[a], patterns[b]) })
	l.fill(0, patterns, order, 0)
	return l
}

// fill makes the node at index at and those below it. Their patterns are given
// in order and share the first depth bytes.
func (l *List) fill(at int32, patterns []string, order []int32, depth int) {
	l.nodes[at].label = patterns[order[0]][:depth]
	own := 0
	for own < len(order) && len(patterns[order[own]]) == depth {
		own++
	}
	for i, p := range order[:own] {
		if i == 0 {
			l.nodes[at].pattern = p + 1
		} else {
			l.same[order[i-1]] = p + 1
		}
	}
	last := int32(0)
	for order = order[own:]; len(order) > 0; {
		n := sameByte(patterns, order, depth)
		next := int32(len(l.nodes))
		l.nodes = append(l.nodes, listNode{})
		if last == 0 {
			l.nodes[at].child = next
		} else {
			l.nodes[last].sibling = next
		}
		l.fill(next, patterns, order[:n], commonLen(patterns[order[0]], patterns[order[n-1]]))
		order, last = order[n:], next
	}
}

// sameByte counts the leading patterns that have the same byte at depth.
func sameByte(patterns []string, order []int32, depth int) int {
	c := patterns[order[0]][depth]
	return sort.Search(len(order), func(i int) bool { return patterns[order[i]][depth] != c })
}

// commonLen returns the length of the common beginning of two strings.
func commonLen(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// Size returns the length of all patterns in bytes.
func (l *List) Size() int { return l.size }

// Match returns the patterns that match, in ascending order, and counts its
// steps. If the budget runs out, over is the pattern it was working on, otherwise
// -1.
func (l *List) Match(text string, budget *Budget) (found []int32, over int32) {
	if len(l.nodes) == 0 {
		return nil, -1
	}
	w := listWalk{List: l, m: NewMatcher(text, *budget)}
	at := w.visit(0, w.m.Start(0), 0)
	if *budget = w.m.Budget; at >= 0 {
		for l.nodes[at].pattern == 0 {
			at = l.nodes[at].child
		}
		return nil, l.nodes[at].pattern - 1
	}
	slices.Sort(w.found)
	return w.found, -1
}

// listWalk walks the patterns of a list that match.
type listWalk struct {
	*List
	m     *Matcher
	found []int32
}

// visit matches the patterns at and below a node. The state has read them up to
// the byte at from. It returns the node where the budget ran out, or -1.
func (w *listWalk) visit(at int32, s State, from int) int32 {
	n := &w.nodes[at]
	s, ok := Feed(w.m, s, n.label, from)
	if ok && n.pattern > 0 && Matches(w.m, s, n.label) {
		for p := n.pattern; p > 0; p = w.same[p-1] {
			w.found = append(w.found, p-1)
			w.m.Spend(1)
		}
	}
	for c := n.child; ok && c > 0; c = w.nodes[c].sibling {
		w.m.Spend(1)
		if !w.m.CanFollow(s, w.nodes[c].label[len(n.label)]) {
			continue
		}
		if over := w.visit(c, s, len(n.label)); over >= 0 {
			return over
		}
	}
	if w.m.Over() {
		return at
	}
	return -1
}
