package xz

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/window"
)

// TestOutputGrows: however data arrives, all buffers together have at most 17/16 of
// the most possible plus a mebibyte, and the last one has at most the most
// possible.
func TestOutputGrows(t *testing.T) {
	for _, most := range []int64{1, 1000, 1 << 19, 1<<19 + 1, 3 << 20, 64 << 20} {
		for _, step := range []int{1 << 10, 1 << 16, 2 << 20} {
			out := newOutput(nil, most)
			total, had := int64(0), 0
			for out.reserve(min(step, int(most)-len(out.buf))) && int64(len(out.buf)) < most {
				out.buf = out.buf[:min(len(out.buf)+step, int(most))]
				if cap(out.buf) != had {
					had = cap(out.buf)
					total += int64(had)
				}
			}
			if int64(len(out.buf)) != most || total > most+most/16+1<<20 {
				t.Errorf("%d of %d bytes in steps of %d: buffers of %d", len(out.buf), most, step, total)
			}
			if out.reserve(1) || !errors.Is(out.exceeded(7), ErrLimit) {
				t.Errorf("more than %d bytes are permitted", most)
			}
		}
	}
}

// TestOutputExpects: a plausible size is allocated at once, and no more than
// permitted.
func TestOutputExpects(t *testing.T) {
	for _, test := range []struct {
		size        int64
		input, room int
	}{{0, 100, 0}, {6400, 100, 6400}, {6401, 100, 6400}, {1 << 29, 1000, 64000}, {1 << 29, 1 << 20, 16 << 20}, {1 << 20, 1 << 20, 1 << 20}, {1 << 26, 1 << 20, 1 << 26}} {
		out := newOutput(nil, 1<<40)
		out.expect(test.size, test.input)
		if got := cap(out.buf); got < test.room || got > test.room+2*slack+test.room/8 {
			t.Errorf("%d bytes from %d: room for %d, want %d", test.size, test.input, got, test.room)
		}
		if out.most != test.size || test.size < 1<<20 && out.reserve(int(test.size)+1) {
			t.Errorf("more than %d bytes are permitted", test.size)
		}
		if err := out.exceeded(7); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "offset 7") {
			t.Errorf("more than expected: %v", err)
		}
	}
}

// TestMoreThanIndex: data beyond the size in the index ends decoding where it appears.
func TestMoreThanIndex(t *testing.T) {
	_, err := Decode(nil, forge(t, 4), 1<<20)
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "more data than the index says") {
		t.Errorf("error is %v", err)
	}
}

// TestManyBlocks: records are kept for maxBlocks blocks, and one block more is
// an error.
func TestManyBlocks(t *testing.T) {
	empty := append(header(0, 0x21, 1, 16), 0, 0, 0, 0)
	src := file(0, bytes.Repeat(empty, maxBlocks+1)...)
	if _, err := Decode(nil, src, 1); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "262144 blocks") {
		t.Errorf("a block too many: %v", err)
	}
	src = src[:len(src)-len(empty)]
	if _, err := Decode(nil, src, 1); !errors.Is(err, ErrCorrupt) {
		t.Errorf("as many as there may be, and no index: %v", err)
	}
}

// readsOnce is a file that counts the bytes read.
type readsOnce struct {
	*bytes.Reader
	read int
}

func (r *readsOnce) ReadAt(b []byte, off int64) (int, error) {
	n, err := r.Reader.ReadAt(b, off)
	r.read += n
	return n, err
}

// TestDecodeWindow: a file that is not in memory decodes the same and is read at most
// twice; an error of reading it is returned unchanged.
func TestDecodeWindow(t *testing.T) {
	data := machineCode(3 * window.Piece)
	src := encode(t, data, nil)
	r := &readsOnce{Reader: bytes.NewReader(src)}
	w := window.New(r, len(src))
	defer w.Close()
	got, err := DecodeWindow(nil, w, int64(len(data)))
	if err != nil || !bytes.Equal(got, data) || r.read > 2*len(src)+2*window.Piece {
		t.Errorf("%d bytes, %v; %d bytes read of %d", len(got), err, r.read, len(src))
	}
	failed := errors.New("it fails")
	w = window.New(failingReader{bytes.NewReader(src), failed}, len(src))
	if got, err := DecodeWindow(nil, w, 1<<30); got != nil || err != failed {
		t.Errorf("failing: %d bytes, %v", len(got), err)
	}
}

// failingReader fails after the first bytes.
type failingReader struct {
	io.ReaderAt
	err error
}

func (f failingReader) ReadAt(b []byte, off int64) (int, error) {
	if off > 0 {
		return 0, f.err
	}
	n, _ := f.ReaderAt.ReadAt(b[:min(len(b), 100)], off)
	return n, f.err
}
