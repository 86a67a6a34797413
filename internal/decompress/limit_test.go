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

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestBombs gives files of far more content than the limit. What they cost in
// memory must depend on the limit and on the decoder only.
func TestBombs(t *testing.T) {
	size := 1 << 30
	if testing.Short() {
		size = 64 << 20
	}
	tests := []struct {
		name string
		size int // slow encoders get less
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
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			src := bomb(t, test.size, test.open)
			var out []byte
			var err error
			used := allocated(func() { out, err = Bytes(nil, src, limit) })
			if out != nil || !errors.Is(err, ErrTooLarge) {
				t.Errorf("%d bytes, error %v, want ErrTooLarge", len(out), err)
			}
			if used > 4*limit+decoder {
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

// TestAllocatesContentOnly makes sure that decoders are reused and that a
// truthful size is reserved once and not outgrown.
func TestAllocatesContentOnly(t *testing.T) {
	const size = 200000
	content := sample(size)
	for _, e := range encoders {
		t.Run(e.name, func(t *testing.T) {
			src := e.encode(t, content)
			// A pool may have lost its decoder to the garbage collector or to
			// another processor, and the race detector makes it lose some at
			// random, so that one good round among many is what counts.
			least := ^uint64(0)
			for round := 0; round < 200 && least > 8*size; round++ {
				least = min(least, allocated(func() {
					if _, err := Bytes(nil, src, DefaultLimit); err != nil {
						t.Error(err)
					}
				}))
			}
			if least > 8*size {
				t.Errorf("%d bytes allocated for %d bytes of content", least, size)
			}
		})
	}
}
