package decompress

import (
	"bytes"
	"compress/gzip"
	"errors"
	"testing"
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

// TestGzipDeclaresTooMuch makes sure that the size in the trailer is not
// allocated before it turns out to be a lie.
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
			"gzip data is corrupt: something else follows it at offset"},
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
