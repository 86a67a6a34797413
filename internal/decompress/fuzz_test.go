package decompress

import (
	"bytes"
	"testing"
)

// FuzzPrefix: no panic, no content above the limit, no size beyond the data, and
// the content of Bytes where nothing stands behind it.
func FuzzPrefix(f *testing.F) {
	for _, e := range encoders {
		f.Add(e.encode(f, sample(500)), uint32(1000))
		f.Add(append(e.encode(f, sample(50)), "behind"...), uint32(50))
	}
	f.Fuzz(func(t *testing.T, src []byte, limit uint32) {
		limit %= 1 << 20
		part, err := Prefix(nil, src, int64(limit))
		if err != nil {
			checkError(t, nil, err)
			return
		}
		if len(part.Content) > int(limit) || part.Size > len(src) {
			t.Fatalf("%d bytes with a limit of %d, from %d of %d bytes", len(part.Content), limit, part.Size, len(src))
		}
		if got, err := Bytes(nil, src, int64(limit)); err == nil && !bytes.HasPrefix(got, part.Content) {
			t.Fatalf("%d bytes, %d by Bytes", len(part.Content), len(got))
		}
	})
}

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
