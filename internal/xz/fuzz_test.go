package xz

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/window"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

const fuzzLimit = 1 << 20

// FuzzDecode decodes any input: nothing may panic or exceed the limit, an error
// means no result, input that ulikunitz/xz accepts too must give the same
// result, and memory stays within what Decode promises.
func FuzzDecode(f *testing.F) {
	code := machineCode(600)
	one := encode(f, code, &xz.WriterConfig{CheckSum: xz.CRC32})
	f.Add(one)
	f.Add(append(one, encode(f, code, &xz.WriterConfig{NoCheckSum: true, BlockSize: 200})...))
	f.Add(encode(f, make([]byte, 3000), &xz.WriterConfig{CheckSum: xz.SHA256}))
	f.Add(file(0, append(header(1, 4, 0, 0x21, 1, 16), 1, 0, 4, 0xE8, 1, 2, 3, 0, 0)...))
	for _, id := range filters() {
		if id == FilterDelta {
			f.Add(modtest.StoredXZ(dense(id, 40), byte(id), 1, 7))
		} else {
			f.Add(modtest.StoredXZ(dense(id, 40), byte(id), 4, 16, 0, 0, 0))
		}
	}
	f.Add(modtest.StoredXZ(dense(FilterARM, 40), 0x03, 1, 2, 0x07, 0, 0x0B, 0))
	f.Fuzz(func(t *testing.T, src []byte) {
		Inspect(src)
		size, sizeErr := Size(src)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := Decode(nil, src, fuzzLimit)
		runtime.ReadMemStats(&after)
		// The decoder itself, and a record for each of the smallest blocks in buffers that grow.
		const decoder = 1 << 20
		if used := after.TotalAlloc - before.TotalAlloc; used > fuzzLimit+fuzzLimit/16+1<<20+decoder+uint64(6*len(src)) {
			t.Fatalf("%d bytes of memory for a limit of %d and %d bytes of input", used, fuzzLimit, len(src))
		}
		if err != nil {
			var typed *Error
			if got != nil || !errors.As(err, &typed) || typed.Error() == "" {
				t.Fatalf("result of %d bytes with error %v", len(got), err)
			}
			return
		}
		if len(got) > fuzzLimit {
			t.Fatalf("%d bytes", len(got))
		}
		if sizeErr != nil || size != int64(len(got)) {
			t.Fatalf("Size = %d, %v, but there are %d bytes", size, sizeErr, len(got))
		}
		r, err := xz.NewReader(bytes.NewReader(src))
		if err != nil {
			return
		}
		if want, err := io.ReadAll(io.LimitReader(r, fuzzLimit+1)); err == nil && !bytes.Equal(got, want) {
			t.Fatal("ulikunitz/xz decodes something else")
		}
	})
}

// FuzzLZMA2 puts arbitrary LZMA2 data into a block without a check, so that
// nothing but the decoder itself can reject it.
func FuzzLZMA2(f *testing.F) {
	f.Add(byte(16), []byte{1, 0, 2, 'a', 'b', 'c', 0})
	f.Add(byte(0), []byte{0xE0, 0, 50, 0, 9, 93, 0, 48, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0})
	f.Fuzz(func(t *testing.T, dict byte, chunks []byte) {
		src := file(0, append(header(0, 0x21, 1, dict%41), chunks...)...)
		d := decoders.Get().(*decoder)
		defer d.release()
		out := newOutput(nil, fuzzLimit)
		h, err := readBlockHeader(src[headerSize:], headerSize)
		if err != nil {
			t.Fatal(err)
		}
		end, err := d.lzma2(&out, window.Bytes(src), headerSize+h.size, &h)
		if len(out.buf) > fuzzLimit {
			t.Fatalf("%d bytes", len(out.buf))
		}
		r, rerr := lzma.Reader2Config{DictCap: int(min(dictSize(dict%41), fuzzLimit))}.NewReader2(bytes.NewReader(chunks))
		if rerr != nil || err != nil {
			return
		}
		if end > len(src) {
			t.Fatalf("end at %d of %d", end, len(src))
		}
		if want, err := io.ReadAll(r); err == nil && !bytes.Equal(out.buf, want) {
			t.Fatal("ulikunitz/xz decodes something else")
		}
	})
}

// FuzzRoundTrip decodes what ulikunitz/xz encodes.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("some data, some more data, and some data"), byte(3), byte(0), byte(2), byte(0))
	f.Add(machineCode(500), byte(0), byte(2), byte(0), byte(1))
	f.Add(make([]byte, 1000), byte(4), byte(0), byte(4), byte(2))
	f.Fuzz(func(t *testing.T, data []byte, lc, lp, pb, mode byte) {
		config := &xz.WriterConfig{DictCap: 1 << 16, BufSize: 1 << 12}
		config.Properties = &lzma.Properties{LC: int(lc % 5), PB: int(pb % 5)}
		config.Properties.LP = int(lp) % (5 - config.Properties.LC)
		if mode&1 != 0 {
			config.BlockSize = 1 + int64(len(data))/3
		}
		config.NoCheckSum = mode&2 != 0
		src := encode(t, data, config)
		dst := make([]byte, 0, int(mode)*2)
		got, err := Decode(dst, src, int64(len(data)))
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("error %v", err)
		}
	})
}

// TestSeeds makes sure that the seeds of FuzzDecode get as far as the filters.
func TestSeeds(t *testing.T) {
	src := modtest.StoredXZ([]byte{1, 1, 1, 0xE8}, 0x03, 1, 0, 0x04, 0)
	if got := mustDecode(t, src); string(got) != "\x01\x02\x03\xEB" {
		t.Errorf("got %q", got)
	}
}
