package index

import "strings"

// A walk goes down from a node to everything below. It recurses at most MaxKey
// deep, for each step down adds a byte to the key.
type walk struct {
	r    *Reader
	key  []byte // of the current node
	left int    // bytes of nodes that may still be read
}

// enter reads the node of a reference and adds its prefix to the key.
func (w *walk) enter(ref uint32) (node, error) {
	n, err := w.r.node(ref)
	if err != nil {
		return n, err
	}
	if len(w.key)+len(n.prefix) > MaxKey {
		return n, w.r.corrupt(n.off, "a key is too long")
	}
	w.key = append(w.key, n.prefix...)
	return n, w.spend(n.off, n.size)
}

// spend counts bytes read at off.
func (w *walk) spend(off, bytes int) error {
	if w.left -= bytes; w.left < 0 {
		return w.r.corrupt(off, "nodes form a circle or are shared")
	}
	return nil
}

// each calls f with a copy of each value of the current node, until f returns
// false.
func (w *walk) each(n *node, f func(Entry) bool) (more bool, err error) {
	if n.values == 0 {
		return true, nil
	}
	v, err := w.r.valuesAt(n.values)
	var e Entry
	first := true
	for err == nil && v.left > 0 {
		var text []byte
		begin := v.off
		if text, e.Priority, err = v.next(); err != nil {
			break
		}
		if err = w.spend(begin, v.off-begin); err != nil {
			break
		}
		if first {
			e.Key, e.Value = join(w.key, text)
			first = false
		} else {
			// All values share the key, since a node may have very many.
			e.Value = string(text)
		}
		if !f(e) {
			return false, nil
		}
	}
	return err == nil, err
}

// join copies two strings into one allocation.
func join(key, value []byte) (string, string) {
	var b strings.Builder
	b.Grow(len(key) + len(value))
	b.Write(key)
	b.Write(value)
	s := b.String()
	return s[:len(key)], s[len(key):]
}
