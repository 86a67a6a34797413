package decompress

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"testing"

	"github.com/gokmod/gokmod/internal/window"
)

// TestGzipHeader covers the optional fields of a member.
func TestGzipHeader(t *testing.T) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Name, w.Comment, w.Extra = "dummy.ko", "a comment", []byte("extra field")
	src := finish(t, w, nil, []byte("content"), &out)
	got, err := Bytes(nil, src, DefaultLimit)
	if err != nil || string(got) != "content" {
		t.Errorf("Bytes = %q, %v", got, err)
	}
}

// TestGzipDeclaresTooMuch checks that the size in the trailer is not allocated
// before it turns out to be wrong.
func TestGzipDeclaresTooMuch(t *testing.T) {
	src := encodeGzip(t, sample(1000))
	copy(src[len(src)-4:], "\xff\xff\xff\x7f")
	var err error
	used := leastAllocated(1<<20, func() { _, err = Bytes(nil, src, DefaultLimit) })
	if !errors.Is(err, ErrCorrupt) {
		t.Errorf("error %v, want ErrCorrupt", err)
	}
	if used > 1<<20 {
		t.Errorf("%d bytes allocated", used)
	}
}

func TestGzipErrors(t *testing.T) {
	good := encodeGzip(t, sample(1000))
	tests := []struct {
		name   string
		change func(b []byte) []byte
		want   string
	}{
		{"method", func(b []byte) []byte { b[2] = 7; return b }, "gzip data is corrupt: invalid header"},
		{"checksum", func(b []byte) []byte { b[len(b)-8] ^= 1; return b }, "gzip data is corrupt: invalid checksum"},
		{"cut", func(b []byte) []byte { return b[:len(b)/2] }, "gzip data is corrupt: it ends too early"},
		{"trailing", func(b []byte) []byte { return append(b, "\x00\x01"...) },
			"gzip data is corrupt: other data follows it at offset"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Bytes(nil, test.change(bytes.Clone(good)), DefaultLimit)
			if err == nil || !bytes.HasPrefix([]byte(err.Error()), []byte(test.want)) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			checkError(t, got, err)
		})
	}
}

// TestGzipZeros: zeros may follow to the end of the file, however many, and nothing but
// zeros.
func TestGzipZeros(t *testing.T) {
	member := encodeGzip(t, []byte("content"))
	for _, zeros := range []int{1, 7, window.Piece - len(member), window.Piece, 3*window.Piece + 5} {
		src := append(bytes.Clone(member), make([]byte, zeros)...)
		for _, end := range []string{"", "x", "\x1f\x8b"} {
			src := append(bytes.Clone(src), end...)
			got, err := Bytes(nil, src, 1<<20)
			read, errRead := File(nil, bytes.NewReader(src), int64(len(src)), 1<<20)
			if end == "" {
				if err != nil || errRead != nil || string(got) != "content" || string(read) != "content" {
					t.Errorf("%d zeros: %q, %v, %q, %v", zeros, got, err, read, errRead)
				}
				continue
			}
			want := fmt.Sprintf("gzip data is corrupt: other data follows it at offset %d", len(member))
			if err == nil || errRead == nil || err.Error() != want || errRead.Error() != want {
				t.Errorf("%q behind %d zeros: %v, %v", end, zeros, err, errRead)
			}
		}
	}
}
