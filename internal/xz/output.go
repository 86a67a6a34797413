package xz

const (
	// slack is the room that copying a match in large steps likes to have
	// behind the data.
	slack = 32

	// plausible is the ratio up to which the size in an index is allocated at
	// once. LZMA can reach 7000, but then the buffer grows as data arrives.
	plausible = 64
)

// output is the decoded data, which is the dictionary too.
type output struct {
	buf   []byte
	limit int64
}

// expect makes room for size bytes of data, as far as that is plausible for
// the length of the input.
func (o *output) expect(size int64, input int) {
	if n := min(size, int64(input)*plausible); n > int64(cap(o.buf)) {
		o.grow(int(n) + slack)
	}
}

// reserve makes room for n more bytes and reports whether the limit permits
// them.
func (o *output) reserve(n int) bool {
	if int64(n) > o.limit-int64(len(o.buf)) {
		return false
	}
	if n > cap(o.buf)-len(o.buf) {
		want := max(len(o.buf)+n, min(2*cap(o.buf), int(o.limit)))
		o.grow(want + slack)
	}
	return true
}

// grow moves the data to a buffer of n bytes.
func (o *output) grow(n int) {
	buf := make([]byte, len(o.buf), n)
	copy(buf, o.buf)
	o.buf = buf
}
