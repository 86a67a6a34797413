package index

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// A KeyError says why an entry cannot be part of an index.
type KeyError struct {
	Key, Value string
	Msg        string
}

func (e *KeyError) Error() string {
	return fmt.Sprintf("the index cannot hold the key %q with the value %q: %s", e.Key, e.Value, e.Msg)
}

// Check returns a [KeyError] for an entry that an index cannot hold: a key that
// is longer than [MaxKey] or not 7-bit ASCII, a NUL byte in key or value.
func Check(e Entry) error {
	switch {
	case len(e.Key) > MaxKey:
		return &KeyError{e.Key[:32] + "…", e.Value, fmt.Sprintf("the key has more than %d bytes", MaxKey)}
	case !plain(e.Key):
		return &KeyError{e.Key, e.Value, "the key is not 7-bit ASCII"}
	case strings.Contains(e.Value, "\x00"):
		return &KeyError{e.Key, e.Value, "the value has a NUL byte"}
	}
	return nil
}

// plain reports whether a key consists of bytes from 1 to 0x7f.
func plain(key string) bool {
	for i := range len(key) {
		if c := key[i]; c == 0 || c > maxByte {
			return false
		}
	}
	return true
}

// Sort puts entries, given in the order in which they were found, into the
// order of an index: by key, then by priority; of equal priority, the one found
// last comes first.
func Sort(entries []Entry) {
	if ascending(entries) {
		return
	}
	order := make([]int32, len(entries))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := &entries[a], &entries[b]
		if c := strings.Compare(x.Key, y.Key); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(x.Priority, y.Priority), cmp.Compare(b, a))
	})
	sorted := make([]Entry, len(entries))
	for i, at := range order {
		sorted[i] = entries[at]
	}
	copy(entries, sorted)
}

// ascending reports whether all keys are in order and no two are the same.
func ascending(entries []Entry) bool {
	for i := 1; i < len(entries); i++ {
		if entries[i].Key <= entries[i-1].Key {
			return false
		}
	}
	return true
}

// Encode makes the file of entries that are in the order of [Reader.All] and
// [Sort]. Its nodes are in pre-order, byte for byte as kmod 34 and newer write
// them. The error is a [KeyError] for an entry that [Check] refuses or that is
// out of order, or says that the file would be too large for the format.
func Encode(entries []Entry) ([]byte, error) {
	for i := range entries {
		if err := Check(entries[i]); err != nil {
			return nil, err
		}
		if i > 0 && entries[i].Key < entries[i-1].Key {
			return nil, &KeyError{entries[i].Key, entries[i].Value, "it is out of order"}
		}
	}
	size := Size(entries)
	if size > MaxSize {
		return nil, fmt.Errorf("the index would have more than the %d bytes that the format has room for", MaxSize)
	}
	e := encoder{file: make([]byte, headerSize, size)}
	binary.BigEndian.PutUint32(e.file, magic)
	binary.BigEndian.PutUint32(e.file[4:], majorVersion<<16|minorVersion)
	root := e.node("", entries, 0)
	binary.BigEndian.PutUint32(e.file[8:], root)
	return e.file, nil
}

// encoder appends the nodes of a trie to a file. It needs no trie in memory: in
// sorted entries those of one node are adjacent.
type encoder struct{ file []byte }

// node writes the node for entries that share the first depth bytes of their
// keys, which end in prefix, and everything below it. It returns the reference.
func (e *encoder) node(prefix string, entries []Entry, depth int) uint32 {
	ref := uint32(len(e.file))
	if prefix != "" {
		ref |= hasPrefix
		e.text(prefix)
	}
	own := 0
	for own < len(entries) && len(entries[own].Key) == depth {
		own++
	}
	below := entries[own:]
	table := -1
	if len(below) > 0 {
		ref |= hasChildren
		first, last := below[0].Key[depth], below[len(below)-1].Key[depth]
		e.file = append(e.file, first, last)
		table = len(e.file)
		e.file = append(e.file, make([]byte, refSize*(int(last-first)+1))...)
	}
	if own > 0 {
		ref |= hasValues
		e.values(entries[:own])
	}
	if table >= 0 {
		e.children(table, below, depth)
	}
	return ref
}

// children writes the nodes below a node, and their references into its table.
func (e *encoder) children(table int, entries []Entry, depth int) {
	first := entries[0].Key[depth]
	for len(entries) > 0 {
		edge := entries[0].Key[depth]
		n := sameEdge(entries, depth)
		prefix := common(entries[0].Key[depth+1:], entries[n-1].Key[depth+1:])
		ref := e.node(prefix, entries[:n], depth+1+len(prefix))
		binary.BigEndian.PutUint32(e.file[table+refSize*int(edge-first):], ref)
		entries = entries[n:]
	}
}

// sameEdge counts the leading entries whose keys have the same byte at depth;
// on long runs it examines few of them.
func sameEdge(entries []Entry, depth int) int {
	edge, known, next := entries[0].Key[depth], 0, 1
	for next < len(entries) && entries[next].Key[depth] == edge {
		known, next = next, 2*next
	}
	next = min(next, len(entries))
	for next-known > 1 {
		if middle := (known + next) / 2; entries[middle].Key[depth] == edge {
			known = middle
		} else {
			next = middle
		}
	}
	return next
}

func (e *encoder) values(entries []Entry) {
	e.file = binary.BigEndian.AppendUint32(e.file, uint32(len(entries)))
	for i := range entries {
		e.file = binary.BigEndian.AppendUint32(e.file, entries[i].Priority)
		e.text(entries[i].Value)
	}
}

func (e *encoder) text(s string) { e.file = append(append(e.file, s...), 0) }

// common returns the common beginning of two keys.
func common(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}
