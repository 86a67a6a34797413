package openfile

import (
	"bytes"
	"errors"
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

// TestReadAllMemory: memory that has room is used, and an empty file needs none.
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

// TestReadAllLarge: a large file is read into memory of its size, and one that is not
// as large as it says takes none for the rest.
func TestReadAllLarge(t *testing.T) {
	large := make([]byte, most+1000)
	for size, want := range map[int64]int{most + 1000: most + 1001, 10 * most: 10*most + 1} {
		got, err := ReadAll(nil, bytes.NewReader(large), size, 100*most)
		if err != nil || len(got) != len(large) || cap(got) != want {
			t.Errorf("of %d bytes: %d bytes with room for %d, %v; want %d", size, len(got), cap(got), err, want)
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
