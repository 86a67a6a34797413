package xz

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// inputs are kinds of data that exercise different paths.
func inputs() map[string][]byte {
	r := rand.New(rand.NewPCG(3, 4))
	part := 1 // the sizes stay above that of a chunk
	if testing.Short() {
		part = 3
	}
	noise := make([]byte, 300_000/part)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	var periods []byte
	for p := 1; p < 40; p++ {
		periods = append(periods, bytes.Repeat(noise[:p], 700/p)...)
	}
	return map[string][]byte{
		"empty":   nil,
		"byte":    {42},
		"text":    []byte(strings.Repeat("module: depends on another module\n", 3) + "end"),
		"zeros":   make([]byte, 2_500_000+2_500_000/part),
		"noise":   noise,
		"periods": periods,
		"code":    machineCode(400_000 / part),
		"mixed":   append(machineCode(100_000/part), noise[:100_000/part]...),
	}
}

// mustDecode decodes and fails the test on an error.
func mustDecode(tb testing.TB, src []byte) []byte {
	tb.Helper()
	got, err := Decode(nil, src, 1<<30)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

func TestRoundTrip(t *testing.T) {
	configs := map[string]*xz.WriterConfig{
		"default":    {},
		"crc32":      {CheckSum: xz.CRC32},
		"crc64":      {CheckSum: xz.CRC64},
		"sha256":     {CheckSum: xz.SHA256},
		"none":       {NoCheckSum: true},
		"blocks":     {BlockSize: 30_000},
		"small dict": {DictCap: 1 << 16},
		"lc0":        {Properties: &lzma.Properties{LC: 0, LP: 0, PB: 0}},
		"lc4":        {Properties: &lzma.Properties{LC: 4, LP: 0, PB: 4}},
		"lp4":        {Properties: &lzma.Properties{LC: 0, LP: 4, PB: 1}},
		"lc1lp3":     {Properties: &lzma.Properties{LC: 1, LP: 3, PB: 3}},
	}
	for name, data := range inputs() {
		for kind, config := range configs {
			if testing.Short() && kind != "default" && name != "mixed" && name != "periods" {
				continue // each input, and each configuration, but not all pairs of them
			}
			t.Run(name+"/"+kind, func(t *testing.T) {
				src := encode(t, data, config)
				if !bytes.Equal(mustDecode(t, src), data) {
					t.Error("decoded data differs")
				}
				if size, err := Size(src); err != nil || size != int64(len(data)) {
					t.Errorf("Size = %d, %v, want %d", size, err, len(data))
				}
			})
		}
	}
}

func TestStreams(t *testing.T) {
	a, b := encode(t, []byte("first"), nil), encode(t, []byte("second"), &xz.WriterConfig{CheckSum: xz.CRC32})
	pad := make([]byte, 8)
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for name, src := range map[string][]byte{
		"adjacent":       join(a, b),
		"padded between": join(a, pad, b),
		"padded after":   join(a, b, pad),
		"padded twice":   join(a, pad[:4], b, pad),
	} {
		if got := mustDecode(t, src); string(got) != "firstsecond" {
			t.Errorf("%s: got %q", name, got)
		}
		if n, err := Size(src); n != 11 || err != nil {
			t.Errorf("%s: Size = %d, %v", name, n, err)
		}
	}
	for name, src := range map[string][]byte{
		"odd padding": join(a, pad[:3]),
		"odd between": join(a, pad[:2], b),
		"garbage":     join(a, []byte("garbage, of a length that is more than that of a header")),
	} {
		if _, err := Decode(nil, src, 100); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: error %v", name, err)
		}
		if _, err := Size(src); err == nil {
			t.Errorf("%s: Size accepts it", name)
		}
	}
}

// TestDamage cuts small files at every byte and changes every byte.
func TestDamage(t *testing.T) {
	data := machineCode(900)
	for kind, config := range map[string]*xz.WriterConfig{
		"crc32": {CheckSum: xz.CRC32}, "crc64": {CheckSum: xz.CRC64}, "sha256": {CheckSum: xz.SHA256},
		"blocks": {CheckSum: xz.CRC32, BlockSize: 300},
	} {
		src := encode(t, data, config)
		for i := range src {
			got, err := Decode(nil, src[:i], 1<<20)
			if err == nil || got != nil {
				t.Errorf("%s: cut at %d of %d is accepted", kind, i, len(src))
			}
			if i > 0 && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: cut at %d of %d: %v", kind, i, len(src), err)
			}
			for bit := range 8 {
				bad := bytes.Clone(src)
				bad[i] ^= 1 << bit
				if got, err := Decode(nil, bad, 1<<20); err == nil || got != nil {
					t.Errorf("%s: bit %d of byte %d may change", kind, bit, i)
				}
				Size(bad)
				Inspect(bad)
			}
		}
	}
}

func TestLimit(t *testing.T) {
	data := make([]byte, 100_000)
	src := encode(t, data, nil)
	for _, limit := range []int64{-1, 0, 1, 99_999} {
		if got, err := Decode(nil, src, limit); got != nil || !errors.Is(err, ErrLimit) {
			t.Errorf("limit %d: error %v", limit, err)
		}
		// Without an index the limit must hold all the same.
		if _, err := Decode(nil, src[:len(src)-1], limit); !errors.Is(err, ErrLimit) {
			t.Errorf("limit %d without index: error %v", limit, err)
		}
	}
	for _, limit := range []int64{100_000, 1 << 62} {
		if got, err := Decode(nil, src, limit); err != nil || len(got) != len(data) {
			t.Errorf("limit %d: %d bytes, error %v", limit, len(got), err)
		}
	}
	if _, err := Decode(nil, encode(t, nil, nil), 0); err != nil {
		t.Errorf("nothing, with limit 0: %v", err)
	}
}

// TestDst decodes into buffers of all sizes around that of the data.
func TestDst(t *testing.T) {
	data := append(bytes.Repeat([]byte("abc"), 50), machineCode(300)...)
	src := encode(t, data, nil)
	for n := range len(data) + 100 {
		dst := make([]byte, n)
		got, err := Decode(dst, src, 1<<20)
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("buffer of %d bytes: error %v", n, err)
		}
		if n >= len(data) && &got[0] != &dst[0] {
			t.Errorf("buffer of %d bytes is not reused", n)
		}
	}
}

func TestAllocations(t *testing.T) {
	data := machineCode(100_000)
	src := encode(t, data, nil)
	dst := make([]byte, len(data))
	n := testing.AllocsPerRun(50, func() {
		if _, err := Decode(dst, src, 1<<20); err != nil {
			t.Error(err)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// forge returns a file whose index claims a block of size bytes.
func forge(tb testing.TB, size uint64) []byte {
	src := encode(tb, []byte("small"), &xz.WriterConfig{CheckSum: xz.CRC32})
	footer := len(src) - footerSize
	index := footer - int(binary.LittleEndian.Uint32(src[footer+4:])+1)*4
	_, n := number(src[index+2:])
	out := bytes.Clone(src[:index+2+n])
	out = binary.AppendUvarint(out, size)
	for (len(out)-index)%4 != 0 {
		out = append(out, 0)
	}
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(out[index:]))
	flags := binary.LittleEndian.AppendUint32(nil, uint32(len(out)-index)/4-1)
	flags = append(flags, src[footer+8:footer+10]...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(flags))
	out = append(out, flags...)
	return append(out, footerMagic...)
}

func TestForgedIndex(t *testing.T) {
	if got := mustDecode(t, forge(t, 5)); string(got) != "small" {
		t.Fatalf("the honest index gives %q", got)
	}
	for _, size := range []uint64{0, 4, 6, 1 << 20, 1 << 40, 1 << 62, 1<<63 - 1} {
		src := forge(t, size)
		if n, err := Size(src); err != nil || n != int64(size) {
			t.Errorf("Size = %d, %v, want %d", n, err, size)
		}
		got, err := Decode(nil, src, 1<<62)
		if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrLimit) || got != nil {
			t.Errorf("size %d: error %v", size, err)
		}
		out := newOutput(nil, 1<<62)
		out.expect(int64(size), len(src))
		if grown := cap(out.buf); grown > plausible*len(src)+2*slack {
			t.Errorf("size %d allocates %d bytes", size, grown)
		}
	}
}
