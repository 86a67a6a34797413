package index

import "bytes"

// A node is one node of the trie, read and checked except for its values.
type node struct {
	off         int // where it begins
	prefix      []byte
	first, last byte // the bytes that lead to children
	children    int  // where the references are, 0 if there are none
	values      int  // where the count of values is, 0 if there are none
	size        int  // bytes up to the values, at least 1
}

// node reads the node of a reference.
func (r *Reader) node(ref uint32) (n node, err error) {
	off := int(ref & offsetMask)
	if off < headerSize || off > len(r.data) {
		return n, r.corrupt(off, "a reference leads outside of the nodes")
	}
	n.off = off
	if ref&hasPrefix != 0 {
		if n.prefix, err = r.prefix(off); err != nil {
			return n, err
		}
		off += len(n.prefix) + 1
	}
	if ref&hasChildren != 0 {
		if len(r.data)-off < 2 {
			return n, r.corrupt(off, "a node is cut off")
		}
		n.first, n.last = r.data[off], r.data[off+1]
		if n.first == 0 || n.first > n.last || n.last > maxByte {
			return n, r.corrupt(off, "a node has an impossible range of children")
		}
		n.children = off + 2
		off = n.children + refSize*(int(n.last-n.first)+1)
		if off > len(r.data) {
			return n, r.corrupt(n.children, "a node is cut off")
		}
	}
	if ref&hasValues != 0 {
		n.values = off
	}
	n.size = max(off-n.off, 1)
	return n, nil
}

// prefix reads the prefix at off.
func (r *Reader) prefix(off int) ([]byte, error) {
	s := r.data[off:min(off+MaxKey+1, len(r.data))]
	end := bytes.IndexByte(s, 0)
	if end < 0 {
		return nil, r.corrupt(off, "a prefix does not end")
	}
	var all byte
	for _, c := range s[:end] {
		all |= c
	}
	if all > maxByte {
		return nil, r.corrupt(off, "a prefix is not ASCII")
	}
	return s[:end], nil
}

// child returns the reference of the child for byte c, 0 if there is none.
func (r *Reader) child(n *node, c byte) uint32 {
	if n.children == 0 || c < n.first || c > n.last {
		return 0
	}
	return r.uint32(n.children + refSize*int(c-n.first))
}
