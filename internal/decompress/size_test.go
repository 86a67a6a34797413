package decompress

import (
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/window"
)

func TestSize(t *testing.T) {
	for _, e := range encoders {
		for _, size := range []int{0, 1, 5000, 200_000} {
			src := e.encode(t, sample(size))
			got, known := Size(src)
			if known && got != int64(size) {
				t.Errorf("%s: %d bytes are said to be %d", e.name, size, got)
			}
			if states := e.name == "gzip" || e.name == "xz" || e.name == "zstd" && size > 1; states && !known {
				t.Errorf("%s: of %d bytes nothing is known", e.name, size)
			}
			if cut, known := Size(src[:max(len(src)-1, 0)]); known && (e.codec == XZ || e.codec == Zstd) {
				t.Errorf("%s: %d bytes, cut off, are said to be %d", e.name, size, cut)
			}
		}
	}
	if got, known := Size([]byte("plain")); got != 5 || !known {
		t.Errorf("what is not compressed has %d bytes, %v", got, known)
	}
}

// TestSizeKnown: what a file says of its size, and where it says nothing.
func TestSizeKnown(t *testing.T) {
	one, two := sample(1000), sample(500)
	join := func(encode func(testing.TB, []byte) []byte) []byte { return append(encode(t, one), encode(t, two)...) }
	for name, test := range map[string]struct {
		src   []byte
		size  int64
		known bool
	}{
		"empty":            {nil, 0, true},
		"gzip":             {encodeGzip(t, one), 1000, true},
		"gzip, two":        {join(encodeGzip), 500, true}, // that of the last member
		"gzip, 3 bytes":    {[]byte("\x1f\x8b\x08"), 0, false},
		"gzip, 4 bytes":    {[]byte("\x1f\x8b\x01\x02"), 0x02018b1f, true},
		"xz, two":          {join(encodeXZ), 1500, true},
		"xz, damaged":      {encodeXZ(t, one)[:40], 0, false},
		"zstd, two":        {join(encodeZstd), 1500, true},
		"zstd, unknown":    {join(encodeZstdStream), 0, false},
		"zstd, damaged":    {append(encodeZstd(t, one), "x"...), 0, false},
		"lz4":              {encodeLZ4(t, one), 0, false},
		"lz4, says it":     {encodeLZ4Sized(t, one), 0, false},
		"lz4 legacy":       {encodeLZ4Legacy(t, one), 0, false},
		"not packed":       {one, 1000, true},
		"an unknown magic": {[]byte("\x28\xb5\x2f"), 3, true},
	} {
		size, known := Size(test.src)
		if known != test.known || known && size != test.size {
			t.Errorf("%s: %d, %v", name, size, known)
		}
	}
}

// TestDeclaredSizes: gzip and lz4 files say their size at their end and in their first
// frame, also where they are read a piece at a time.
func TestDeclaredSizes(t *testing.T) {
	for src, want := range map[string]int64{"": -1, "abc": -1, "\x01\x02\x03\x04": 0x04030201,
		"x\x01\x00\x00\x80": 1<<31 + 1} {
		inMemory := window.Bytes([]byte(src))
		read := window.New(strings.NewReader(src), len(src))
		for _, w := range []*window.Window{inMemory, read} {
			if got, known := gzipSize(w); known != (want >= 0) || known && got != want {
				t.Errorf("%q: %d, %v", src, got, known)
			}
		}
		read.Close()
	}
	cut := window.New(strings.NewReader("abcdef"), 10)
	defer cut.Close()
	if got, known := gzipSize(cut); known {
		t.Errorf("a file that ends before its size: %d", got)
	}
	const frame, legacy = "\x04\x22\x4d\x18", "\x02\x21\x4c\x18"
	for src, want := range map[string]int64{
		frame + "\x48\x40\x05\x00\x00\x00\x00\x00\x00\x00":     5,
		frame + "\x48\x40\x05\x00\x00\x00\x00\x00\x00\x01xyz":  5 + 1<<56,
		frame + "\x08\x40\x05\x00\x00\x00\x00\x00\x00\xffxyz":  5 + 0x7f<<56,
		frame + "\x40\x40\x05\x00\x00\x00\x00\x00\x00\x00":     4 * 14,
		frame + "\x48\x40\x05\x00\x00\x00\x00\x00\x00":         4 * 13,
		legacy + "\x48\x40\x05\x00\x00\x00\x00\x00\x00\x00abc": 4 * 17,
		"": 0,
	} {
		if got := lz4Size(window.Bytes([]byte(src))); got != want {
			t.Errorf("% x: %d, want %d", src, got, want)
		}
	}
}
