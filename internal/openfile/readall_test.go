package openfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
)

func TestReadAll(t *testing.T) {
	text := strings.Repeat("0123456789", 100)
	tests := []struct {
		name        string
		size, limit int64
		ok          bool
	}{
		{"as said", 1000, 2000, true},
		{"at the limit", 1000, 1000, true},
		{"one more than the limit", 1000, 999, false},
		{"says nothing", 0, 1000, true},
		{"says less", 10, 1000, true},
		{"says less than the limit and has more", 10, 999, false},
		{"says more", 5000, 5000, true},
		{"says more than the limit", 1001, 1000, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, memory := range [][]byte{nil, make([]byte, 5, 10), make([]byte, 5, 4000)} {
				got, err := ReadAll(memory, iotest.HalfReader(strings.NewReader(text)), test.size, test.limit)
				if test.ok && (err != nil || string(got) != text) || !test.ok && (!errors.Is(err, ErrTooLarge) || got != nil) {
					t.Errorf("with room for %d: %d bytes, %v", cap(memory), len(got), err)
				}
			}
		})
	}
}

// TestReadAllMemory: existing room is used, and an empty file needs no memory.
func TestReadAllMemory(t *testing.T) {
	memory := make([]byte, 0, 100)
	got, err := ReadAll(memory, strings.NewReader("text"), 4, 99)
	if err != nil || string(got) != "text" || &got[0] != &memory[:1][0] {
		t.Errorf("%q, %v, or it is other memory", got, err)
	}
	if got, err := ReadAll(nil, bytes.NewReader(nil), 0, 0); err != nil || len(got) != 0 {
		t.Errorf("empty: %q, %v", got, err)
	}
}

// TestReadAllLarge: a large file is read into memory of its size, and a file smaller
// than its stated size takes no memory for the rest.
func TestReadAllLarge(t *testing.T) {
	large := make([]byte, most+1000)
	for _, test := range []struct {
		size int64
		have int
		want int
	}{{most, most, most + 1}, {most + 1000, most + 1000, most + 1001}, {10 * most, most + 1000, 10*most + 1}} {
		got, err := ReadAll(nil, bytes.NewReader(large[:test.have]), test.size, 100*most)
		if err != nil || len(got) != test.have || cap(got) != test.want {
			t.Errorf("of %d bytes: %d bytes with room for %d, %v; want %d", test.size, len(got), cap(got), err, test.want)
		}
	}
	got, err := ReadAll(nil, bytes.NewReader(large[:1000]), 100*most, 100*most)
	if err != nil || len(got) != 1000 || cap(got) != most {
		t.Errorf("cut off: %d bytes with room for %d, %v", len(got), cap(got), err)
	}
}

func TestReadAllError(t *testing.T) {
	failing := iotest.ErrReader(&fs.PathError{Op: "read", Path: "x", Err: syscall.EIO})
	if got, err := ReadAll(nil, failing, 4, 99); got != nil || err != syscall.EIO {
		t.Errorf("%q, %v", got, err)
	}
}

// taking records how much room each read is given.
type taking struct {
	io.Reader
	room []int
}

func (r *taking) Read(b []byte) (int, error) {
	r.room = append(r.room, len(b))
	return r.Reader.Read(b)
}

// TestReadAllTakes: before anything is read, no more memory is allocated than the
// stated size, within bounds, and a whole file of that size is read in one piece.
func TestReadAllTakes(t *testing.T) {
	for _, test := range []struct {
		memory, size, have int64
		first              int
		reads              int
	}{
		{0, 0, 0, 512, 1}, {0, 100, 100, 512, 2}, {0, 511, 511, 512, 2}, {0, 512, 512, 513, 2}, {0, 5000, 5000, 5001, 2},
		{0, 1 << 40, 3, 32 << 20, 2}, {0, 32<<20 - 1, 3, 32 << 20, 2}, {0, 32<<20 + 1, 3, 32 << 20, 2},
		{600, 599, 599, 600, 2}, {600, 600, 600, 601, 2}, {600, 0, 3, 600, 2},
	} {
		r := &taking{Reader: strings.NewReader(strings.Repeat("x", int(test.have)))}
		got, err := ReadAll(make([]byte, 0, test.memory), r, test.size, 1<<41)
		if err != nil || int64(len(got)) != test.have || r.room[0] != test.first || len(r.room) != test.reads {
			t.Errorf("%+v: %d bytes, %v, by reads of %v", test, len(got), err, r.room)
		}
	}
}

// FuzzReadAll: the result is the file, whatever its stated size, within the limit
// and with less than four times the memory of what was read or stated.
func FuzzReadAll(f *testing.F) {
	f.Add([]byte("text"), int64(4), int64(10), 3)
	f.Add(bytes.Repeat([]byte("x"), 3000), int64(0), int64(2999), 0)
	f.Fuzz(func(t *testing.T, text []byte, size, limit int64, room int) {
		size, limit, room = size&0xffff, limit&0xffff, room&0xfff
		got, err := ReadAll(make([]byte, 0, room), iotest.OneByteReader(bytes.NewReader(text)), size, limit)
		if fits := size <= limit && int64(len(text)) <= limit; fits != (err == nil) || !fits && !errors.Is(err, ErrTooLarge) {
			t.Fatalf("%d bytes, said to be %d, limit %d: %v", len(text), size, limit, err)
		}
		if err == nil && !bytes.Equal(got, text) {
			t.Error("the text differs")
		}
		if most := max(room, 4*len(text), int(size)+64, 1024); cap(got) > 2*most {
			t.Errorf("%d bytes of memory for %d, said to be %d", cap(got), len(text), size)
		}
	})
}
