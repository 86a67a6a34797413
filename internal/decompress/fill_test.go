package decompress

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// TestUnpackOnce: data no larger than declared is unpacked once if it is small or there
// is room for it, and counted first if it would need much.
func TestUnpackOnce(t *testing.T) {
	const limit = 1 << 20
	most := int(share(limit))
	for _, test := range []struct {
		name           string
		room           int
		declared, size int
		times          int
	}{
		{"little", 0, 1000, 1000, 1}, {"nothing", 0, 0, 0, 1}, {"less than it says", 0, 1000, 900, 1},
		{"a share", 0, most, most, 1}, {"more than a share", 0, most + 1, most + 1, 2},
		{"room for just that", most + 1, most + 1, most + 1, 1}, {"room for less", most, most + 1, most + 1, 2},
		{"room for more", most + 2, most + 1, most + 1, 1},
		{"room, more than it says", most + 100, most + 50, most + 100, 1},
		{"more than it says", 0, 100, most, 1}, {"much more than it says", 0, 100, most + 1, 2},
		{"too little room", most + 1, 0, most + 2, 2},
	} {
		content := noise(test.size)
		times := 0
		dst := make([]byte, 0, test.room)
		got, err := unpackStream(dst, int64(test.declared), limit, limit, func() io.Reader {
			times++
			return bytes.NewReader(content)
		})
		if err != nil || !bytes.Equal(got, content) || times != test.times {
			t.Errorf("%s: %d bytes, unpacked %d times, %v", test.name, len(got), times, err)
		}
		if test.size > 0 && test.size <= test.room && &got[0] != &dst[:1][0] {
			t.Errorf("%s: the room is not used", test.name)
		}
		if test.times == 2 && cap(got) > test.size+8192 {
			t.Errorf("%s: room for %d is made for %d", test.name, cap(got), test.size)
		}
	}
}

// TestReserve: memory is allocated only if there is not enough, and keeps the
// existing content.
func TestReserve(t *testing.T) {
	b := make([]byte, 3, 10)
	copy(b, "abc")
	for size, same := range map[int64]bool{0: true, 9: true, 10: true, 11: false, 100: false} {
		got := reserve(b, size)
		if string(got) != "abc" || (&got[0] == &b[0]) != same || int64(cap(got)) < size {
			t.Errorf("%d: %q with room for %d", size, got, cap(got))
		}
	}
}

// failing returns some bytes and then an error, with the last of them or after.
type failing struct {
	left int
	err  error
	with bool
}

func (f *failing) Read(b []byte) (int, error) {
	n := min(len(b), f.left)
	f.left -= n
	if f.left == 0 && (f.with || n == 0) {
		return n, f.err
	}
	return n, nil
}

// TestFillErrors: an error of the reader ends it wherever it occurs, and the end of the
// file is not an error.
func TestFillErrors(t *testing.T) {
	failure := errors.New("failure")
	for _, err := range []error{failure, io.EOF} {
		want := err
		if err == io.EOF {
			want = nil
		}
		for _, with := range []bool{false, true} {
			for _, size := range []int{0, 1, 9, 10, 11, plausibleBase, plausibleBase + 1} {
				for _, room := range []int{0, 10, size} {
					got, gotErr := fill(make([]byte, 0, room), &failing{size, err, with}, 1<<20)
					if gotErr != want || len(got) != size {
						t.Errorf("%d bytes, room for %d: %d, %v", size, room, len(got), gotErr)
					}
				}
				if n, gotErr := count(&failing{size, err, with}, 1<<20); gotErr != want || n != int64(size) {
					t.Errorf("%d bytes are counted as %d, %v", size, n, gotErr)
				}
			}
		}
	}
	if n, err := count(bytes.NewReader(make([]byte, 100)), 99); err != errLimit || n < 100 {
		t.Errorf("one more than permitted: %d, %v", n, err)
	}
}
