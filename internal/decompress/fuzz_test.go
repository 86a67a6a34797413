package decompress

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
)

// FuzzPrefix: no panic, no content above the limit, no size beyond the data, and
// the content of Bytes if nothing follows.
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

// allocated returns how many bytes f allocates.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// mostAllocated bounds the memory of a call with empty pools: what the package
// documentation says for the output and the decoder, and copies of a file that is not in
// memory.
func mostAllocated(limit int64, src []byte) int64 {
	return limit + limit/16 + 1<<20 + 22<<20 + 3*int64(len(src))
}

// FuzzBytes: no panic, no content above the limit, no content with an error,
// the same result with a dirty buffer and for a file that is not in memory, and
// neither memory nor reading beyond the bounds.
func FuzzBytes(f *testing.F) {
	for _, e := range encoders {
		f.Add(e.encode(f, sample(500)), uint32(1000))
		f.Add(e.encode(f, make([]byte, 5000)), uint32(100))
		f.Add(append(e.encode(f, nil), e.encode(f, sample(50))...), uint32(50))
	}
	f.Fuzz(func(t *testing.T, src []byte, limit uint32) {
		limit %= 1 << 20
		var got []byte
		var err error
		used := allocated(func() { got, err = Bytes(nil, src, int64(limit)) })
		if most := mostAllocated(int64(limit), src); used > most {
			t.Fatalf("%d bytes of memory, at most %d with a limit of %d", used, most, limit)
		}
		checkFile(t, src, int64(limit), got, err)
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

// checkFile: a file gives the same as its bytes in memory, and is not read more
// often than the bound says.
func checkFile(t *testing.T, src []byte, limit int64, want []byte, wantErr error) {
	if int64(len(src)) > limit {
		return
	}
	r := &counting{Reader: bytes.NewReader(src)}
	got, err := File(nil, r, int64(len(src)), limit)
	if (err == nil) != (wantErr == nil) && !errors.Is(err, ErrTooLarge) || err == nil && !bytes.Equal(got, want) {
		t.Fatalf("as a file: %d bytes, %v; in memory: %d bytes, %v", len(got), err, len(want), wantErr)
	}
	if r.read > readLimit(len(src)) {
		t.Fatalf("%d bytes read of a file of %d", r.read, len(src))
	}
}
