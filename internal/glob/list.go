package glob

import (
	"slices"
	"sort"
	"strings"
)

// A List finds those of many patterns that match a string. It holds them as a
// trie, so that what they begin with in common is matched once, and those that a
// string cannot match for their first bytes are not tried. It never changes, so
// that any number of goroutines may use it at once. The zero value is empty.
type List struct {
	nodes []listNode // the first is the root
	same  []int32    // by pattern: the next one with the same text, plus 1
	size  int        // bytes of all patterns
}

// A listNode is a node of the trie. Nodes are known by their places, of which 0
// stands for none.
type listNode struct {
	label   string // the pattern up to here
	child   int32  // the first one
	sibling int32  // the next one, in ascending order of the first byte
	pattern int32  // the first that ends here, plus 1
}

// NewList makes the list of patterns, which are known by their places in it.
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

// fill makes the nodes at and below one whose patterns are given in order and
// have the first depth bytes in common.
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

// sameByte counts the patterns at the start that have the same byte at depth.
func sameByte(patterns []string, order []int32, depth int) int {
	c := patterns[order[0]][depth]
	return sort.Search(len(order), func(i int) bool { return patterns[order[i]][depth] != c })
}

// commonLen returns how many bytes two strings begin with in common.
func commonLen(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// Size returns the bytes of all patterns.
func (l *List) Size() int { return l.size }

// Match returns the patterns that match, in ascending order. It counts its steps;
// where the budget runs out, over is the pattern at hand, and else -1.
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

// listWalk goes through the patterns of a list that match.
type listWalk struct {
	*List
	m     *Matcher
	found []int32
}

// visit matches the patterns at and below a node. The state has read up to from.
// It returns the node where the budget runs out, -1 if it does not.
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
