package decompress

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// bomb returns size zero bytes compressed by the writer that open makes.
func bomb(t *testing.T, size int, open func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := open(&out)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range size >> 20 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// leastAllocated returns how many bytes f allocates at best: it repeats f until
// that is no more than enough, and gives up after 200 rounds.
//
// A pool, ours or a library's, may have lost its buffers to the garbage
// collector or to another processor, and the race detector makes it lose some
// at random. The best round shows what f needs besides the pools.
func leastAllocated(enough uint64, f func()) uint64 {
	least := ^uint64(0)
	for round := 0; round < 200 && least > enough; round++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// TestBombs decompresses files of far more content than the limit. Their memory
// must depend only on the limit and the decoder.
func TestBombs(t *testing.T) {
	size := 1 << 30
	if testing.Short() {
		size = 64 << 20
	}
	tests := []struct {
		name string
		size int // smaller for slow encoders
		open func(io.Writer) (io.WriteCloser, error)
	}{
		{"gzip", size, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, 1) }},
		{"xz", 16 << 20, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }},
		{"zstd", size, func(w io.Writer) (io.WriteCloser, error) {
			return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest))
		}},
		{"lz4", size, func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil }},
		{"lz4 legacy", size, func(w io.Writer) (io.WriteCloser, error) {
			l := lz4.NewWriter(w)
			return l, l.Apply(lz4.LegacyOption(true))
		}},
	}
	const limit = 1 << 20
	const decoder = 20 << 20 // lz4's two buffers of 8 MiB and a little are the most
	const enough = 4*limit + decoder
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src := bomb(t, test.size, test.open)
			used := leastAllocated(enough, func() {
				if out, err := Bytes(nil, src, limit); out != nil || !errors.Is(err, ErrTooLarge) {
					t.Fatalf("%d bytes, error %v, want ErrTooLarge", len(out), err)
				}
			})
			if used > enough {
				t.Errorf("%d bytes allocated for a limit of %d", used, limit)
			}
		})
	}
}

// TestLimit tries limits around the true size.
func TestLimit(t *testing.T) {
	const size = 100000
	content := sample(size)
	for _, e := range encoders {
		t.Run(e.name, func(t *testing.T) {
			src := e.encode(t, content)
			for _, limit := range []int64{-1, 0, 1, 65536, size - 1, size, size + 1, 1 << 62} {
				got, err := Bytes(nil, src, limit)
				if limit >= size {
					if err != nil || !bytes.Equal(got, content) {
						t.Errorf("limit %d: %v", limit, err)
					}
					continue
				}
				if !errors.Is(err, ErrTooLarge) {
					t.Errorf("limit %d: %v, want ErrTooLarge", limit, err)
				}
				checkError(t, got, err)
			}
		})
	}
}

// TestAllocatesContentOnly checks that decoders are reused and that a truthful
// size is reserved once and not outgrown.
func TestAllocatesContentOnly(t *testing.T) {
	const size = 200000
	content := sample(size)
	for _, e := range encoders {
		t.Run(e.name, func(t *testing.T) {
			src := e.encode(t, content)
			used := leastAllocated(8*size, func() {
				if _, err := Bytes(nil, src, DefaultLimit); err != nil {
					t.Fatal(err)
				}
			})
			if used > 8*size {
				t.Errorf("%d bytes allocated for %d bytes of content", used, size)
			}
		})
	}
}

// TestDeclaredMemory: what tells the truth about its size takes no more memory than that.
func TestDeclaredMemory(t *testing.T) {
	const size = 400_000
	for _, e := range encoders {
		if e.name == "zstd unknown size" || e.codec == LZ4 {
			continue
		}
		src := e.encode(t, sample(size))
		const enough = size + size/4
		used := leastAllocated(enough, func() {
			if _, err := Bytes(nil, src, DefaultLimit); err != nil {
				t.Fatal(err)
			}
		})
		if used > enough {
			t.Errorf("%s: %d bytes allocated for %d", e.name, used, size)
		}
	}
}
