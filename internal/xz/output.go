package xz

const (
	// slack is the room after the data that copying a match in large steps
	// uses.
	slack = 32

	// plausible is the ratio up to which the size in an index is allocated at
	// once. LZMA can reach 7000, but then the buffer grows as data arrives.
	plausible = 64
)

// output is the decoded data, which also serves as the dictionary.
type output struct {
	buf   []byte
	limit int64 // the caller's
	most  int64 // the most data possible: the limit, or less if the indexes say so
}

// expect makes room for size bytes of data, as far as that is plausible for the
// length of the input. More than that is an error later.
func (o *output) expect(size int64, input int) {
	o.most = size
	if n := min(size, int64(input)*plausible); n < size {
		o.reserve(int(min(n, share(size))))
	} else if n > int64(cap(o.buf)) {
		o.grow(int(n) + slack)
	}
}

// share is the size up to which a buffer doubles. After that it grows to the most
// possible, since untouched memory costs nothing. All earlier buffers together
// then have a sixteenth of that, or a mebibyte, so that they hardly count.
func share(most int64) int64 { return max(most/32, 1<<19) }

// reserve makes room for n more bytes and reports whether that is within
// bounds.
func (o *output) reserve(n int) bool {
	if int64(n) > o.most-int64(len(o.buf)) {
		return false
	}
	if need := len(o.buf) + n; need > cap(o.buf) {
		want := max(need, min(2*cap(o.buf), int(o.most)))
		if int64(want) > share(o.most) {
			want = int(o.most)
		}
		o.grow(want + slack)
	}
	return true
}

// exceeded returns the error for a failed reserve.
func (o *output) exceeded(off int) error {
	if o.most < o.limit {
		return corrupt(off, "more data than the index says")
	}
	return overLimit(off, o.limit)
}

// grow moves the data to a buffer of n bytes.
func (o *output) grow(n int) {
	buf := make([]byte, len(o.buf), n)
	copy(buf, o.buf)
	o.buf = buf
}
