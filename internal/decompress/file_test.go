package decompress

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gokmod/gokmod/internal/window"
	"github.com/pierrec/lz4/v4"
)

// counting counts the bytes read, and fails from an offset on if told so.
type counting struct {
	*bytes.Reader
	read  int64
	fails int64
}

var errFailed = errors.New("it fails")

func (c *counting) ReadAt(b []byte, off int64) (int, error) {
	if c.fails > 0 && off+int64(len(b)) > c.fails {
		return 0, errFailed
	}
	n, err := c.Reader.ReadAt(b, off)
	c.read += int64(n)
	return n, err
}

// noise has n bytes that do not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// readLimit is how many bytes of a file File reads at most.
func readLimit(size int) int64 { return 3*int64(size) + 4*window.Piece }

// TestFile: a file gives the same content and the same errors with random access, as
// a stream, and in memory.
func TestFile(t *testing.T) {
	for _, e := range encoders {
		for _, size := range []int{0, 1, 5000, 400_000} {
			content := sample(size)
			if size > window.Piece {
				content = noise(size)
			}
			whole := e.encode(t, content)
			for name, src := range map[string][]byte{
				"whole": whole, "cut": whole[:len(whole)-1], "half": whole[:len(whole)/2],
				"more": append(bytes.Clone(whole), "more"...), "zeros": append(bytes.Clone(whole), make([]byte, 8)...),
			} {
				limits := []int64{1 << 20, int64(size), int64(size) - 1}
				if size > window.Piece { // slow
					limits = limits[:1]
				}
				for _, limit := range limits {
					want, wantErr := Bytes(nil, src, limit)
					if int64(len(src)) > limit {
						wantErr, want = tooLarge(None, max(limit, 0)), nil
					}
					at := &counting{Reader: bytes.NewReader(src)}
					for _, r := range []io.Reader{at, iotest.HalfReader(bytes.NewReader(src))} {
						got, err := File(make([]byte, 3, 10), r, int64(len(src)), limit)
						if !bytes.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
							t.Errorf("%s of %d bytes, %s, limit %d: %d bytes, %v, want %d, %v",
								e.name, size, name, limit, len(got), err, len(want), wantErr)
						}
					}
					if at.read > readLimit(len(src)) {
						t.Errorf("%s of %d bytes, %s: %d bytes read of %d", e.name, size, name, at.read, len(src))
					}
				}
			}
		}
	}
}

// TestFilePlain: uncompressed data is copied, into existing memory.
func TestFilePlain(t *testing.T) {
	src := []byte("plain text")
	for name, r := range map[string]func() io.Reader{
		"at places": func() io.Reader { return bytes.NewReader(src) },
		"stream":    func() io.Reader { return iotest.OneByteReader(bytes.NewReader(src)) },
	} {
		got, err := File(nil, r(), 10, 10)
		if string(got) != "plain text" || err != nil || &got[0] == &src[0] {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if got, err := File(nil, r(), 10, 9); got != nil || !errors.Is(err, ErrTooLarge) ||
			err.Error() != "the file alone has more than the limit of 9 bytes" {
			t.Errorf("%s, above the limit: %v", name, err)
		}
		if got, err := File(nil, r(), 0, 10); string(got) != "plain text" || err != nil {
			t.Errorf("%s, says nothing: %q, %v", name, got, err)
		}
		if _, err := File(nil, r(), 0, 9); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s, says nothing and is above the limit: %v", name, err)
		}
		if _, err := File(nil, r(), 0, -1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s, a negative limit: %v", name, err)
		}
	}
	dst := make([]byte, 2, 10)
	if got, err := File(dst, bytes.NewReader(src), 10, 10); err != nil || &got[0] != &dst[0] {
		t.Errorf("the memory is not used: %v", err)
	}
	got, err := File(nil, bytes.NewReader(src), 11, 20)
	if got != nil || !errors.Is(err, ErrCorrupt) || !errors.Is(err, io.ErrUnexpectedEOF) ||
		err.Error() != "the file ends too early" {
		t.Errorf("shorter than it says: %q, %v", got, err)
	}
}

// TestFileFails: an error of the reader is returned unchanged, wherever it
// occurs.
func TestFileFails(t *testing.T) {
	for _, e := range encoders {
		src := e.encode(t, noise(400_000))
		for _, at := range []int64{1, 300_000, int64(len(src)) - 1} {
			got, err := File(nil, &counting{Reader: bytes.NewReader(src), fails: at}, int64(len(src)), 1<<20)
			if got != nil || err != errFailed {
				t.Errorf("%s, from %d on: %d bytes, %v", e.name, at, len(got), err)
			}
		}
		// A file that ends early without an error is corrupt.
		got, err := File(nil, bytes.NewReader(src[:len(src)-5]), int64(len(src)), 1<<20)
		if got != nil || !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s, shorter than it says: %d bytes, %v", e.name, len(got), err)
		}
	}
	failing := iotest.ErrReader(errFailed)
	if got, err := File(nil, failing, 5, 10); got != nil || err != errFailed {
		t.Errorf("a stream: %q, %v", got, err)
	}
}

// smallLZ4 makes a frame of blocks of 64 KiB, whose decoder needs little memory.
func smallLZ4(tb testing.TB, content []byte) []byte {
	return lz4With(tb, content, lz4.BlockSizeOption(lz4.Block64Kb))
}

// rleFrame makes a zstd frame with the given number of 128 KiB blocks, with a
// frame descriptor and the fields that belong to it.
func rleFrame(head string, blocks int) []byte {
	b := []byte(zstdMagic + head)
	for i := range blocks {
		header := uint32(zstdBlockMax<<3 | zstdRLE<<1)
		if i == blocks-1 {
			header |= 1
		}
		b = append(b, byte(header), byte(header>>8), byte(header>>16), 'x')
	}
	return b
}

// trailed is a gzip file whose trailer states another size.
func trailed(tb testing.TB, content []byte, size uint32) []byte {
	b := encodeGzip(tb, content)
	return binary.LittleEndian.AppendUint32(b[:len(b)-4], size)
}

// TestMemory: a call takes at most 17/16 of the limit, plus what the decoders need:
// for content that fits exactly, that is just too large, and whatever size a file
// states.
func TestMemory(t *testing.T) {
	const limit = 4 << 20
	const enough = limit + limit/16 + 2<<20
	zeros, random := make([]byte, limit), noise(limit)
	tests := map[string]struct {
		src  []byte
		kind error
	}{
		"gzip":                    {encodeGzip(t, zeros), nil},
		"gzip, too much":          {encodeGzip(t, append(zeros, 0)), ErrTooLarge},
		"gzip, noise":             {encodeGzip(t, random), nil},
		"gzip, members":           {append(encodeGzip(t, zeros[:limit/2]), encodeGzip(t, random[:limit/2])...), nil},
		"gzip, says too much":     {trailed(t, random, limit-1), ErrCorrupt},
		"gzip, says too few":      {trailed(t, random, 1), ErrCorrupt},
		"gzip, says 2 of 3":       {trailed(t, random[:limit/3*2], limit/3), ErrCorrupt},
		"xz":                      {encodeXZ(t, zeros), nil},
		"xz, too much":            {encodeXZ(t, append(zeros, 0)), ErrTooLarge},
		"lz4":                     {smallLZ4(t, zeros), nil},
		"lz4, too much":           {smallLZ4(t, append(zeros, 0)), ErrTooLarge},
		"lz4, noise":              {smallLZ4(t, random), nil},
		"zstd":                    {encodeZstd(t, zeros), nil},
		"zstd, too much":          {encodeZstd(t, append(zeros, 0)), ErrTooLarge},
		"zstd, unknown":           {encodeZstdStream(t, zeros), nil},
		"zstd, unknown, noise":    {encodeZstdStream(t, random), nil},
		"zstd, unknown, more":     {encodeZstdStream(t, append(zeros, 0)), ErrTooLarge},
		"zstd, RLE":               {rleFrame("\x00\x58", 32), nil},
		"zstd, RLE, more":         {rleFrame("\x00\x58", 33), ErrTooLarge},
		"zstd, RLE, window":       {rleFrame("\x00\xa0", 32), nil},
		"zstd, RLE, window, more": {rleFrame("\x00\xa0", 33), ErrTooLarge},
		"zstd, RLE, frames":       {append(rleFrame("\x00\x58", 31), rleFrame("\x00\x58", 2)...), ErrTooLarge},
		"zstd, RLE, many frames":  {bytes.Repeat(rleFrame("\x00\x58", 40), 40), ErrTooLarge},
		"zstd, says too few":      {rleFrame("\xa0\x00\x00\x30\x00", 33), ErrCorrupt},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out []byte
			var err error
			enough := uint64(enough)
			if name == "zstd, unknown, noise" { // of which a copy is made
				enough += uint64(len(test.src))
			}
			used := leastAllocated(enough, func() { out, err = Bytes(nil, test.src, limit) })
			if !errors.Is(err, test.kind) || (err == nil) != (len(out) > 0) || used > enough {
				t.Errorf("Bytes: %d bytes, %v, %d allocated, want %v", len(out), err, used, test.kind)
			}
			room := uint64(limit + limit/16 + 2<<20)
			if strings.HasPrefix(name, "zstd") { // the packed file is in memory too
				room += uint64(len(test.src))
			}
			if int64(len(test.src)) > limit {
				return
			}
			used = leastAllocated(room, func() { _, err = File(nil, bytes.NewReader(test.src), int64(len(test.src)), limit) })
			if !errors.Is(err, test.kind) || used > room {
				t.Errorf("File: %v, %d allocated, want %v", err, used, test.kind)
			}
		})
	}
}

// TestZstdFileCounts: a zstd file counts against the limit as far as it exceeds
// 16 MiB.
func TestZstdFileCounts(t *testing.T) {
	const size = 20 << 20
	src := []byte(zstdMagic + "\xa0\x00\x00\x40\x01")
	block := make([]byte, 3+zstdBlockMax)
	for i := range size / zstdBlockMax {
		header := uint32(zstdBlockMax << 3)
		if i == size/zstdBlockMax-1 {
			header |= 1
		}
		block[0], block[1], block[2] = byte(header), byte(header>>8), byte(header>>16)
		src = append(src, block...)
	}
	overhead := int64(len(src)) - size
	enough := size + 4<<20 + overhead
	for limit, ok := range map[int64]bool{enough: true, enough - 1: false, size: false, 1 << 30: true} {
		got, err := File(nil, bytes.NewReader(src), int64(len(src)), limit)
		if ok != (err == nil) || !ok && !errors.Is(err, ErrTooLarge) || ok && len(got) != size {
			t.Errorf("limit %d: %d bytes, %v", limit, len(got), err)
		}
		if got, err := Bytes(nil, src, limit); err != nil || len(got) != size {
			t.Errorf("in memory, limit %d: %d bytes, %v", limit, len(got), err)
		}
	}
	if unknown := rleFrame("\x00\x58", 65); true {
		_, err := File(nil, bytes.NewReader(unknown), int64(len(unknown)), 8<<20)
		if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "8388608") {
			t.Errorf("unknown size: %v", err)
		}
	}
}

// TestShrinkWindow: the result is the largest window descriptor that does not
// exceed a size.
func TestShrinkWindow(t *testing.T) {
	for most, want := range map[uint64]byte{
		1 << 10: 0, 1<<10 + 127: 0, 1<<10 + 128: 1, 1<<11 - 1: 7, 1 << 11: 8, 1 << 20: 80, 1<<20 + 1<<17: 81, 1<<41 - 1: 247,
	} {
		got := []byte("012345")
		if old := shrinkWindow(got, most); old != '5' || got[5] != want || string(got[:5]) != "01234" {
			t.Errorf("%d: %q, want %d", most, got, want)
		}
		exponent, mantissa := uint64(got[5]>>3), uint64(got[5]&7)
		if size := 1<<(10+exponent) + 1<<(10+exponent)/8*mantissa; size > most || size < most-most/8 {
			t.Errorf("%d: a window of %d", most, size)
		}
	}
}

// TestZstdDistance: content that refers far back keeps its meaning with a smaller
// window, even after a try with less room.
func TestZstdDistance(t *testing.T) {
	content := append(noise(1_500_000), noise(1_500_000)...)
	src := encodeZstdStream(t, content)
	if len(src) > 1_700_000 {
		t.Fatalf("the second half does not refer to the first: %d bytes", len(src))
	}
	for _, limit := range []int64{3_000_000, 3_100_000, 1 << 30} {
		for _, dst := range [][]byte{nil, make([]byte, 1_500_000)} {
			if got, err := Bytes(dst, src, limit); err != nil || !bytes.Equal(got, content) {
				t.Errorf("limit %d: %d bytes, %v", limit, len(got), err)
			}
			got, err := File(dst, bytes.NewReader(src), int64(len(src)), limit)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("limit %d, as a file: %d bytes, %v", limit, len(got), err)
			}
		}
	}
}

// TestZstdFarDistance: content may refer further back than the largest window within
// the room, whether that is the room of the first try or of the last.
func TestZstdFarDistance(t *testing.T) {
	for _, c := range []struct {
		name    string
		between []byte
		packed  int // at most, where the end refers to the beginning
		blocks  int // of another frame that follows
	}{
		{"the last try", noise(5_300_000)[60_000:], 5_330_000, 1},
		{"an early try", make([]byte, 990_000), 90_000, 640},
	} {
		content := slices.Concat(noise(60_000), c.between, noise(60_000))
		src := encodeZstdStream(t, content)
		if len(src) > c.packed {
			t.Fatalf("%s: nothing refers to the beginning: %d bytes", c.name, len(src))
		}
		src = append(src, rleFrame("\x00\x58", c.blocks)...)
		content = append(content, bytes.Repeat([]byte("x"), c.blocks*zstdBlockMax)...)
		if got, err := Bytes(nil, src, DefaultLimit); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, %v", c.name, len(got), err)
		}
	}
}

// TestGzipMembersAtPieces: a member may begin anywhere around the end of the piece
// in memory.
func TestGzipMembersAtPieces(t *testing.T) {
	var first bytes.Buffer
	w, err := gzip.NewWriterLevel(&first, gzip.NoCompression)
	empty := len(finish(t, w, err, nil, &first))
	for cut := range MagicSize + 2 {
		var file bytes.Buffer
		// Stored blocks have 65,535 bytes and five more each.
		content := noise(window.Piece - cut - empty - 4*5)
		w, err := gzip.NewWriterLevel(&file, gzip.NoCompression)
		finish(t, w, err, content, &file)
		if got := window.Piece - file.Len(); got != cut {
			t.Fatalf("the member ends %d bytes before the end of the piece, not %d", got, cut)
		}
		w, err = gzip.NewWriterLevel(&file, gzip.NoCompression)
		finish(t, w, err, noise(window.Piece), &file)
		got, err := File(nil, bytes.NewReader(file.Bytes()), int64(file.Len()), DefaultLimit)
		if want := append(content, noise(window.Piece)...); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes before the end: %d bytes, %v, want %d", cut, len(got), err, len(want))
		}
	}
}

// TestNoLimit: the largest possible limit permits all formats.
func TestNoLimit(t *testing.T) {
	for _, e := range encoders {
		src := e.encode(t, []byte("content"))
		got, err := File(nil, bytes.NewReader(src), int64(len(src)), math.MaxInt64)
		if err != nil || string(got) != "content" {
			t.Errorf("%s: %q, %v", e.name, got, err)
		}
	}
}

// TestFill: buffers double up to a share of the limit, and grow no further.
func TestFill(t *testing.T) {
	const limit = 64 << 20
	if got := share(limit); got != 2<<20 || share(1) != 512<<10 || share(16<<20) != 512<<10 || share(32<<20) != 1<<20 {
		t.Fatalf("the share is %d", got)
	}
	for size, want := range map[int]error{0: nil, 1: nil, 1 << 16: nil, 1<<16 + 1: nil, 2 << 20: nil, 2<<20 + 1: errRoom} {
		got, err := fill(nil, bytes.NewReader(make([]byte, size)), limit)
		if err != want || err == nil && len(got) != size || cap(got) > 2<<20 {
			t.Errorf("%d bytes: %d, room for %d, %v", size, len(got), cap(got), err)
		}
	}
	for size, want := range map[int]error{99: nil, 100: nil, 101: errLimit} {
		got, err := fill(nil, iotest.OneByteReader(bytes.NewReader(make([]byte, size))), 100)
		if err != want || len(got) != min(size, 100) || cap(got) > 128 {
			t.Errorf("%d of 100 bytes: %d, room for %d, %v", size, len(got), cap(got), err)
		}
		room := make([]byte, 0, 1000)
		if got, err := fill(room, bytes.NewReader(make([]byte, size)), 100); err != want || len(got) > 100 {
			t.Errorf("%d of 100 bytes, with room: %d, %v", size, len(got), err)
		}
	}
	if _, err := fill(nil, iotest.ErrReader(errFailed), 100); err != errFailed {
		t.Errorf("failing: %v", err)
	}
	for size, want := range map[int]error{10: nil, 11: errLimit} {
		if n, err := count(iotest.DataErrReader(bytes.NewReader(make([]byte, size))), 10); n != int64(size) || err != want {
			t.Errorf("counted %d of %d bytes, %v", n, size, err)
		}
	}
	if got := plausible(1<<40, 1<<30, 1000); got != 16_000+64<<10 || plausible(5, 3, 100) != 3 ||
		plausible(5, 30, 0) != 5 || plausible(-1, 5, 5) != 0 {
		t.Errorf("plausible are %d bytes", got)
	}
}

// TestUnpackCounted: content that is larger than believed is counted and unpacked
// again, with exactly enough room; a source that has changed meanwhile is an error.
func TestUnpackCounted(t *testing.T) {
	for _, size := range []int{512 << 10, 512<<10 + 1, 3 << 20} {
		content := noise(size)
		for _, declared := range []int64{0, 1, int64(size) - 1, int64(size), int64(size) + 1, 1 << 40} {
			for _, limit := range []int64{int64(size) - 1, int64(size), int64(size) + 1, 1 << 30} {
				times := 0
				open := func() io.Reader { times++; return bytes.NewReader(content) }
				got, err := unpackStream(nil, declared, limit, size, open)
				if want := limit < int64(size); want != (err == errLimit) || !want && (err != nil || !bytes.Equal(got, content)) {
					t.Errorf("%d bytes, %d declared, limit %d: %d, %v", size, declared, limit, len(got), err)
				}
				if times > 2 || err == nil && int64(cap(got)) > max(int64(size)+int64(size)/4, share(limit)) && declared < limit {
					t.Errorf("%d bytes, %d declared, limit %d: %d times, room for %d", size, declared, limit, times, cap(got))
				}
			}
		}
	}
	longer := [][]byte{make([]byte, 1<<20), make([]byte, 1<<20+1)}
	_, err := unpackStream(nil, 0, 1<<22, 100, func() io.Reader {
		r := bytes.NewReader(longer[0])
		longer = longer[1:]
		return r
	})
	if err != errChanged {
		t.Errorf("another content: %v", err)
	}
}
