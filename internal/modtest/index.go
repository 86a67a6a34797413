package modtest

import (
	"encoding/binary"
	"slices"
)

// Entry is a key of a binary index with one of its values.
type Entry struct {
	Key, Value string
	Priority   uint32
}

// Index returns a binary index file with these entries: one node for each byte
// of a key, children before parents. It is valid, but not what depmod writes.
func Index(entries ...Entry) []byte {
	root := &indexNode{children: map[byte]*indexNode{}}
	for _, e := range entries {
		n := root
		for _, c := range []byte(e.Key) {
			if n.children[c] == nil {
				n.children[c] = &indexNode{children: map[byte]*indexNode{}}
			}
			n = n.children[c]
		}
		n.values = append(n.values, e)
	}
	file := binary.BigEndian.AppendUint32(nil, 0xB007F457)
	file = binary.BigEndian.AppendUint32(file, 0x00020001)
	file = append(file, 0, 0, 0, 0)
	file, ref := root.append(file)
	binary.BigEndian.PutUint32(file[8:], ref)
	return file
}

type indexNode struct {
	children map[byte]*indexNode
	values   []Entry
}

// append writes the node behind its children and returns its reference.
func (n *indexNode) append(file []byte) ([]byte, uint32) {
	var edges []byte
	for c := range n.children {
		edges = append(edges, c)
	}
	slices.Sort(edges)
	refs := map[byte]uint32{}
	for _, c := range edges {
		file, refs[c] = n.children[c].append(file)
	}
	ref := uint32(len(file))
	if len(edges) > 0 {
		ref |= 0x20000000
		first, last := edges[0], edges[len(edges)-1]
		file = append(file, first, last)
		for c := int(first); c <= int(last); c++ {
			file = binary.BigEndian.AppendUint32(file, refs[byte(c)])
		}
	}
	if len(n.values) > 0 {
		ref |= 0x40000000
		slices.SortStableFunc(n.values, func(a, b Entry) int { return int(a.Priority) - int(b.Priority) })
		file = binary.BigEndian.AppendUint32(file, uint32(len(n.values)))
		for _, v := range n.values {
			file = binary.BigEndian.AppendUint32(file, v.Priority)
			file = append(append(file, v.Value...), 0)
		}
	}
	return file, ref
}
