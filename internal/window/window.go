// Package window reads a file of any size a piece at a time, as if it were in
// memory.
package window

import (
	"io"
	"sync"
)

const (
	// Piece is how many bytes of a file are in memory at a time, unless a caller
	// wants more at once.
	Piece = 256 << 10

	maxPooled = 1 << 20
)

// Window gives access to a file: to all of it where that is in memory, and to a
// piece at a time where it is read. It is for one goroutine.
type Window struct {
	r    io.ReaderAt // nil for a file in memory
	size int
	base int    // where buf begins in the file
	buf  []byte // what of the file is there
	err  error
}

// Bytes is a window on a file in memory, all of which is there.
func Bytes(b []byte) *Window { return &Window{buf: b, size: len(b)} }

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// New is a window on a file of size bytes that is read where it is asked for.
// Close gives its memory back.
func New(r io.ReaderAt, size int) *Window {
	b := buffers.Get().(*[]byte)
	return &Window{r: r, size: size, buf: (*b)[:0]}
}

// Close ends the use of the window, and of what From returned.
func (w *Window) Close() {
	if b := w.buf; w.r != nil && cap(b) <= maxPooled {
		buffers.Put(&b)
	}
	w.buf = nil
}

// InMemory reports whether all of the file is there.
func (w *Window) InMemory() bool { return w.r == nil }

// Size is how many bytes the file has: what New was told, or less where it turned
// out to end before.
func (w *Window) Size() int { return w.size }

// Err is the error of reading the file. After one, the file seems to end where
// that happened.
func (w *Window) Err() error { return w.err }

// From returns bytes of the file from off on: at least want, or all there are to
// its end. They are there until the next call.
func (w *Window) From(off, want int) []byte {
	if w.r != nil && off < w.size && (off < w.base || want > w.base+len(w.buf)-off) {
		w.read(off, min(want, w.size-off))
	}
	if off >= w.size || off-w.base >= len(w.buf) {
		return nil
	}
	return w.buf[off-w.base:]
}

// read moves the window so that it holds want bytes at off. Whoever goes backward
// will want what lies before them as well.
func (w *Window) read(off, want int) {
	from := off
	if off < w.base {
		from = max(0, min(off, off+want-Piece))
	}
	size := min(max(Piece, off+want-from), w.size-from)
	kept := 0
	if have := w.base + len(w.buf); from >= w.base && from < have {
		kept = have - from
	}
	rest := w.buf[len(w.buf)-kept:]
	if cap(w.buf) < size {
		w.buf = make([]byte, size)
	}
	w.buf = w.buf[:size]
	kept = copy(w.buf, rest)
	w.base = from
	w.readAt(w.buf[kept:], from+kept)
}

func (w *Window) readAt(b []byte, off int) {
	if n, err := w.r.ReadAt(b, int64(off)); n < len(b) {
		w.size = off + n
		w.buf = w.buf[:w.size-w.base]
		if err != io.EOF {
			w.err = err
		}
	}
}

// All returns the whole file: as it is where it is in memory, and else in the
// memory of b if that has room. It is nil for a file that ends before its size, for
// which no memory is taken.
func (w *Window) All(b []byte) []byte {
	if w.r == nil {
		return w.buf
	}
	if w.size > 0 && len(w.From(w.size-1, 1)) == 0 {
		return nil
	}
	if cap(b) < w.size {
		b = make([]byte, w.size)
	}
	b = b[:w.size]
	n, err := w.r.ReadAt(b, 0)
	if n < len(b) && err != io.EOF {
		w.err = err
	}
	w.size = n
	return b[:n]
}

// Reader reads the file of a window from its start, and knows how far it is. Nobody
// else may move the window meanwhile, but before Peek.
type Reader struct {
	w   *Window
	pos int
	cur []byte // what follows pos and is there
}

// Reset makes the reader start anew, with another window.
func (r *Reader) Reset(w *Window) { *r = Reader{w: w} }

// Pos is how many bytes were read.
func (r *Reader) Pos() int { return r.pos }

// Peek returns what follows, at least want bytes of it or all there are to the end of
// the file. Whoever has moved the window meanwhile calls it before reading on.
func (r *Reader) Peek(want int) []byte {
	r.cur = r.w.From(r.pos, want)
	return r.cur
}

// more makes sure that there is something in cur, if the file has it.
func (r *Reader) more() bool {
	return len(r.cur) > 0 || len(r.Peek(1)) > 0
}

// Read reads some bytes.
func (r *Reader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if !r.more() {
		return 0, r.end()
	}
	n := copy(b, r.cur)
	r.cur, r.pos = r.cur[n:], r.pos+n
	return n, nil
}

// ReadByte reads one byte.
func (r *Reader) ReadByte() (byte, error) {
	if len(r.cur) == 0 && !r.more() {
		return 0, r.end()
	}
	c := r.cur[0]
	r.cur, r.pos = r.cur[1:], r.pos+1
	return c, nil
}

func (r *Reader) end() error {
	if r.w.err != nil {
		return r.w.err
	}
	return io.EOF
}
