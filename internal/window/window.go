// Package window reads a file of any size a piece at a time, as if it were in
// memory.
package window

import (
	"io"
	"sync"
)

const (
	// Piece is how many bytes of a file are in memory at a time, unless a caller
	// wants more.
	Piece = 256 << 10

	maxPooled = 1 << 20
)

// Window gives access to a file: to all of it if it is in memory, otherwise to
// a piece at a time. It is not safe for concurrent use.
type Window struct {
	r    io.ReaderAt // nil for a file in memory
	size int
	base int    // where buf begins in the file
	buf  []byte // the bytes in memory
	err  error
}

// Bytes returns a window on a file in memory.
func Bytes(b []byte) *Window { return &Window{buf: b, size: len(b)} }

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// New returns a window on a file of size bytes that is read where it is asked
// for. Close releases its memory.
func New(r io.ReaderAt, size int) *Window {
	b := buffers.Get().(*[]byte)
	return &Window{r: r, size: size, buf: (*b)[:0]}
}

// Close ends the use of the window and of the bytes that From returned.
func (w *Window) Close() {
	if b := w.buf; w.r != nil && cap(b) <= maxPooled {
		buffers.Put(&b)
	}
	w.buf = nil
}

// InMemory reports whether all of the file is in memory.
func (w *Window) InMemory() bool { return w.r == nil }

// Size is the size of the file in bytes: what New was told, or less if the file
// turned out to end earlier.
func (w *Window) Size() int { return w.size }

// Err is the error of reading the file. After an error, the file seems to end
// where it occurred.
func (w *Window) Err() error { return w.err }

// From returns the bytes of the file from off on: at least want of them, or all
// up to its end. They are valid until the next call.
func (w *Window) From(off, want int) []byte {
	if w.r != nil && off < w.size && (off < w.base || want > w.base+len(w.buf)-off) {
		w.read(off, min(want, w.size-off))
	}
	if off >= w.size || off-w.base >= len(w.buf) {
		return nil
	}
	return w.buf[off-w.base:]
}

// read moves the window so that it holds want bytes at off. A caller that goes
// backward will want the bytes before them as well.
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

// All returns the whole file: without a copy if it is in memory, otherwise in the
// memory of b if that has room. It is nil for a file that ends before its size, for
// which no memory is allocated.
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

// Reader reads the file of a window from its start, and knows its position. Nothing
// else may move the window meanwhile, except before Peek.
type Reader struct {
	w   *Window
	pos int
	cur []byte // the bytes in memory after pos
}

// Reset restarts the reader with another window.
func (r *Reader) Reset(w *Window) { *r = Reader{w: w} }

// Pos is the number of bytes read.
func (r *Reader) Pos() int { return r.pos }

// Peek returns at least want of the following bytes, or all up to the end of the
// file. A caller that moved the window calls it before reading on.
func (r *Reader) Peek(want int) []byte {
	r.cur = r.w.From(r.pos, want)
	return r.cur
}

// more fills cur with at least one byte, unless the file has ended.
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
