package index

import (
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
)

// A trie is a node of an index that a test makes.
type trie struct {
	prefix   string
	children [maxByte + 1]*trie
	values   []Entry
	offset   int
}

// grow makes the trie of entries that are in order of their keys and share the
// first depth bytes. Without merge the node gets no prefix.
func grow(entries []Entry, depth int, merge bool) *trie {
	t := &trie{}
	if merge && len(entries) > 0 {
		first, last := entries[0].Key[depth:], entries[len(entries)-1].Key[depth:]
		n := 0
		for n < len(first) && n < len(last) && first[n] == last[n] {
			n++
		}
		t.prefix = first[:n]
		depth += n
	}
	for len(entries) > 0 && len(entries[0].Key) == depth {
		t.values, entries = append(t.values, entries[0]), entries[1:]
	}
	for len(entries) > 0 {
		c, n := entries[0].Key[depth], 0
		for n < len(entries) && entries[n].Key[depth] == c {
			n++
		}
		t.children[c] = grow(entries[:n], depth+1, true)
		entries = entries[n:]
	}
	return t
}

// nodes returns the node and all below in pre-order.
func (t *trie) nodes() []*trie {
	all := []*trie{t}
	for _, c := range t.children {
		if c != nil {
			all = append(all, c.nodes()...)
		}
	}
	return all
}

// span returns the range of bytes that lead to children.
func (t *trie) span() (first, last int, ok bool) {
	for c, child := range t.children {
		if child != nil {
			if !ok {
				first = c
			}
			last, ok = c, true
		}
	}
	return first, last, ok
}

// ref returns the reference of a node whose offset is set.
func (t *trie) ref() uint32 {
	if t == nil {
		return 0
	}
	ref := uint32(t.offset)
	if t.prefix != "" {
		ref |= hasPrefix
	}
	if _, _, ok := t.span(); ok {
		ref |= hasChildren
	}
	if len(t.values) > 0 {
		ref |= hasValues
	}
	return ref
}

// append appends the node to a file.
func (t *trie) append(b []byte) []byte {
	if t.prefix != "" {
		b = append(append(b, t.prefix...), 0)
	}
	if first, last, ok := t.span(); ok {
		b = append(b, byte(first), byte(last))
		for _, c := range t.children[first : last+1] {
			b = binary.BigEndian.AppendUint32(b, c.ref())
		}
	}
	if len(t.values) > 0 {
		b = binary.BigEndian.AppendUint32(b, uint32(len(t.values)))
	}
	for _, e := range t.values {
		b = binary.BigEndian.AppendUint32(b, e.Priority)
		b = append(append(b, e.Value...), 0)
	}
	return b
}

// header returns the header of a file with the given root.
func header(root uint32) []byte {
	var b []byte
	for _, v := range []uint32{magic, majorVersion<<16 | 1, root} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// sorted returns the entries in the order of All.
func sorted(entries []Entry) []Entry {
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), cmp.Compare(a.Priority, b.Priority))
	})
	return entries
}

// build makes an index of entries in any order. With rnd, the order of the
// nodes and whether the root has a prefix are random; without, the order is
// pre-order.
func build(entries []Entry, rnd *rand.Rand) []byte {
	root := grow(sorted(entries), 0, rnd != nil && rnd.IntN(2) == 0)
	nodes := root.nodes()
	if rnd != nil {
		rnd.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	}
	offset := headerSize
	for _, t := range nodes {
		t.offset = offset
		offset += len(t.append(nil))
	}
	b := header(root.ref())
	for _, t := range nodes {
		b = t.append(b)
	}
	return b
}
