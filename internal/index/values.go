package index

import "bytes"

// values steps through the values of a node.
type values struct {
	r    *Reader
	off  int // of the next value
	left int
}

// valuesAt starts at the count of values at off.
func (r *Reader) valuesAt(off int) (values, error) {
	if len(r.data)-off < 4 {
		return values{}, r.corrupt(off, "the values of a node are cut off")
	}
	count := r.uint32(off)
	if uint64(count) > uint64(len(r.data)-off-4)/minValueSize {
		return values{}, r.corrupt(off, "a node has more values than the file can hold")
	}
	return values{r: r, off: off + 4, left: int(count)}, nil
}

// next returns the next value, which is a slice of the file. It must only be
// called while some are left.
func (v *values) next() (text []byte, priority uint32, err error) {
	if len(v.r.data)-v.off < minValueSize {
		return nil, 0, v.r.corrupt(v.off, "a value is cut off")
	}
	priority = v.r.uint32(v.off)
	text = v.r.data[v.off+4:]
	end := bytes.IndexByte(text, 0)
	if end < 0 {
		return nil, 0, v.r.corrupt(v.off, "a value does not end")
	}
	v.off += 4 + end + 1
	v.left--
	return text[:end], priority, nil
}
