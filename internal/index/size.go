package index

// Size returns the size in bytes of the file that [Encode] makes of entries, without
// making it. They must be in the order of [Sort].
func Size(entries []Entry) int { return headerSize + sizeBelow("", entries, 0) }

// countSize is the size of a node's count of values.
const countSize = 4

// sizeBelow returns the size of what encoder.node writes.
func sizeBelow(prefix string, entries []Entry, depth int) int {
	size := 0
	if prefix != "" {
		size = len(prefix) + 1
	}
	own := 0
	for own < len(entries) && len(entries[own].Key) == depth {
		size += minValueSize + len(entries[own].Value)
		own++
	}
	if own > 0 {
		size += countSize
	}
	below := entries[own:]
	if len(below) == 0 {
		return size
	}
	first, last := below[0].Key[depth], below[len(below)-1].Key[depth]
	size += 2 + refSize*(int(last-first)+1)
	for len(below) > 0 {
		n := sameEdge(below, depth)
		prefix := common(below[0].Key[depth+1:], below[n-1].Key[depth+1:])
		size += sizeBelow(prefix, below[:n], depth+1+len(prefix))
		below = below[n:]
	}
	return size
}
