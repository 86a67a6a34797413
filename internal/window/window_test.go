package window

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// content has n bytes that do not repeat within a piece.
func content(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(b)
	return b
}

// counting counts the bytes read and the calls.
type counting struct {
	io.ReaderAt
	bytes, calls int
}

func (c *counting) ReadAt(b []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, off)
	c.bytes, c.calls = c.bytes+n, c.calls+1
	return n, err
}

// TestFrom: at every place both kinds of window return the file's bytes there, as
// many as wanted, whatever was asked for before.
func TestFrom(t *testing.T) {
	for _, size := range []int{0, 1, 100, Piece - 1, Piece, Piece + 1, 3*Piece + 17} {
		file := content(size)
		places := []int{0, 1, size / 2, size - 1, size, size + 1, 0, Piece - 1, Piece, 2 * Piece, Piece + 5, 3}
		read := New(bytes.NewReader(file), size)
		for _, off := range places {
			for _, want := range []int{0, 1, 4, Piece, Piece + 100, 1 << 20, 2} {
				if off < 0 {
					continue
				}
				for _, w := range []*Window{Bytes(file), read} {
					got := w.From(off, want)
					rest := file[min(off, size):]
					if !bytes.HasPrefix(rest, got) || len(got) < min(want, len(rest)) {
						t.Fatalf("%d bytes, %d at %d: got %d, or others", size, want, off, len(got))
					}
					if w.Size() != size || w.Err() != nil || w.InMemory() != (w != read) {
						t.Fatalf("%d bytes: size %d, %v", size, w.Size(), w.Err())
					}
				}
			}
		}
		if all := read.All(nil); !bytes.Equal(all, file) {
			t.Errorf("all of %d bytes are %d, or others", size, len(all))
		}
		read.Close()
	}
	if file := content(5); &Bytes(file).All(nil)[0] != &file[0] {
		t.Error("a file in memory is copied")
	}
}

// TestOnce: going forward or backward in small steps reads each byte once, in
// few calls, with the memory of one piece.
func TestOnce(t *testing.T) {
	const size = 4*Piece + 1000
	for name, place := range map[string]func(i int) int{
		"forward":  func(i int) int { return i },
		"backward": func(i int) int { return size - 8 - i },
	} {
		r := &counting{ReaderAt: bytes.NewReader(content(size))}
		w := New(r, size)
		for i := 0; i <= size-8; i += 8 {
			if len(w.From(place(i), 8)) < 8 {
				t.Fatalf("%s: nothing at %d", name, place(i))
			}
		}
		if r.bytes > size+Piece || r.calls > 7 || cap(w.buf) > maxPooled {
			t.Errorf("%s: %d bytes in %d calls, %d of memory", name, r.bytes, r.calls, cap(w.buf))
		}
		w.Close()
	}
}

// TestShort: a file that is shorter than it claims ends where it ends, and takes no
// memory for the missing bytes.
func TestShort(t *testing.T) {
	w := New(bytes.NewReader([]byte("0123456789")), 1<<30)
	defer w.Close()
	if got := w.From(4, 10); string(got) != "456789" || w.Size() != 10 || w.Err() != nil {
		t.Errorf("got %q of %d bytes, %v", got, w.Size(), w.Err())
	}
	if got := w.From(10, 1); got != nil {
		t.Errorf("after the end there is %q", got)
	}
	memory := make([]byte, 3, 10)
	if got := w.All(memory); string(got) != "0123456789" || &got[0] != &memory[0] {
		t.Errorf("all is %q, or in other memory", got)
	}
	if got := New(bytes.NewReader(make([]byte, 10)), 1<<30).All(nil); got != nil {
		t.Errorf("a file that should be larger gives %d bytes", len(got))
	}
}

// failing fails from an offset on.
type failing struct {
	io.ReaderAt
	at int64
}

var errFailed = errors.New("it fails")

func (f failing) ReadAt(b []byte, off int64) (int, error) {
	if room := f.at - off; int64(len(b)) > room {
		n, _ := f.ReaderAt.ReadAt(b[:max(room, 0)], off)
		return n, errFailed
	}
	return f.ReaderAt.ReadAt(b, off)
}

func TestErr(t *testing.T) {
	file := content(2 * Piece)
	w := New(failing{bytes.NewReader(file), Piece + 10}, len(file))
	defer w.Close()
	if got := w.From(0, 5); len(got) < 5 || w.Err() != nil {
		t.Errorf("before it: %d bytes, %v", len(got), w.Err())
	}
	if got := w.From(Piece, 100); !bytes.Equal(got, file[Piece:Piece+10]) || w.Err() != errFailed {
		t.Errorf("there: %d bytes, %v", len(got), w.Err())
	}
	var r Reader
	r.Reset(w)
	if got, err := io.ReadAll(&r); !bytes.Equal(got, file[:Piece+10]) || err != errFailed {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if _, err := r.ReadByte(); err != errFailed {
		t.Errorf("a byte: %v", err)
	}
	all := New(failing{bytes.NewReader(file), 7}, len(file))
	if got := all.All(nil); len(got) != 0 || all.Err() != errFailed {
		t.Errorf("all: %d bytes, %v", len(got), all.Err())
	}
}

func TestReader(t *testing.T) {
	file := content(Piece + 1000)
	for _, w := range []*Window{Bytes(file), New(bytes.NewReader(file), len(file))} {
		var r Reader
		r.Reset(w)
		if err := iotest.TestReader(&r, file); err != nil {
			t.Error(err)
		}
		r.Reset(w)
		for i, want := range file {
			if c, err := r.ReadByte(); c != want || err != nil || r.Pos() != i+1 {
				t.Fatalf("byte %d is %d, not %d; position %d, %v", i, c, want, r.Pos(), err)
			}
		}
		if _, err := r.ReadByte(); err != io.EOF || r.Pos() != len(file) {
			t.Errorf("at the end: %v", err)
		}
		if n, err := r.Read(nil); n != 0 || err != nil {
			t.Errorf("nothing wanted: %d, %v", n, err)
		}
	}
}

// TestPool: the memory of a window is reused for the next one, unless it is
// large.
func TestPool(t *testing.T) {
	file := content(maxPooled + 1)
	w := New(bytes.NewReader(file), len(file))
	w.From(0, len(file))
	w.Close()
	for range 100 {
		w := New(bytes.NewReader(file), len(file))
		if cap(w.buf) > maxPooled {
			t.Fatal("large memory is kept")
		}
		w.From(0, 1)
		w.Close()
	}
}
