package decompress

import (
	"bytes"
	"testing"
)

// FuzzBytes: no panic, no content above the limit, no content with an error,
// the same answer with a dirty buffer.
func FuzzBytes(f *testing.F) {
	for _, e := range encoders {
		f.Add(e.encode(f, sample(500)), uint32(1000))
		f.Add(e.encode(f, make([]byte, 5000)), uint32(100))
		f.Add(append(e.encode(f, nil), e.encode(f, sample(50))...), uint32(50))
	}
	f.Fuzz(func(t *testing.T, src []byte, limit uint32) {
		limit %= 1 << 20
		got, err := Bytes(nil, src, int64(limit))
		if err != nil {
			checkError(t, got, err)
		} else if len(got) > int(limit) {
			t.Fatalf("%d bytes with a limit of %d", len(got), limit)
		}
		again, err2 := Bytes(bytes.Repeat([]byte{0xaa}, 3000), src, int64(limit))
		if (err == nil) != (err2 == nil) || !bytes.Equal(got, again) {
			t.Fatalf("with a buffer: %d bytes, %v; without: %d bytes, %v", len(again), err2, len(got), err)
		}
	})
}
