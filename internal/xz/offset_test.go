package xz

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"
)

// summed appends the CRC32 of b.
func summed(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(bytes.Clone(b), crc32.ChecksumIEEE(b))
}

// footer makes the footer for an index of the given size.
func footer(index int, flags ...byte) []byte {
	f := append(binary.LittleEndian.AppendUint32(nil, uint32(index)/4-1), flags...)
	return append(append(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(f)), f...), footerMagic...)
}

// index makes an index from numbers: how many blocks, and two for each.
func index(numbers ...uint64) []byte {
	b := []byte{0}
	for _, n := range numbers {
		b = binary.AppendUvarint(b, n)
	}
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return summed(b)
}

// join makes a file from pieces.
func join(pieces ...[]byte) []byte { return bytes.Join(pieces, nil) }

// Pieces of a small file: a stream header at 0, a block header at 12, the chunks of
// "abcde" at 24, which end at 33, three bytes of padding, an index at 36, a footer at 44.
var (
	smallStart  = file(CheckNone)
	smallHeader = header(0, 0x21, 1, 16)
	smallChunks = []byte("\x01\x00\x04abcde\x00\x00\x00\x00")
	smallIndex  = index(1, 21, 5)
	smallFooter = footer(8, 0, 0)
	smallEnd    = join(smallIndex, smallFooter)
	small       = join(smallStart, smallHeader, smallChunks, smallEnd)
)

// changed is a file with one byte changed at an offset.
func changed(src []byte, at int, to byte) []byte {
	src = bytes.Clone(src)
	src[at] = to
	return src
}

// TestErrorOffsets: what is wrong with a file, and where.
func TestErrorOffsets(t *testing.T) {
	if got := mustDecode(t, small); string(got) != "abcde" || len(small) != 56 {
		t.Fatalf("%q from %d bytes", got, len(small))
	}
	block := func(head []byte, chunks string) []byte { return join(smallStart, head, []byte(chunks)) }
	long := bytes.Repeat([]byte("x"), 200)
	longBlock := join(smallStart, smallHeader, []byte("\x01\x00\xc7"), long, []byte{0})
	padded := index(1, 216, 200)
	checked := join(file(CheckCRC32), smallHeader, smallChunks, []byte("sum!"))
	for name, test := range map[string]struct {
		src  []byte
		kind error
		at   int64
		text string
	}{
		"nothing":                {nil, ErrFormat, 0, "magic"},
		"some magic":             {small[:5], io.ErrUnexpectedEOF, 0, "header is cut off"},
		"header cut":             {small[:11], io.ErrUnexpectedEOF, 0, "header is cut off"},
		"header CRC":             {changed(small, 8, 1), ErrCorrupt, 0, "stream header CRC32"},
		"stream flag":            {join([]byte(headerMagic), summed([]byte{1, 0})), ErrUnsupported, 6, "stream flags"},
		"large check":            {join([]byte(headerMagic), summed([]byte{0, 0x10})), ErrUnsupported, 6, "stream flags"},
		"unknown check":          {file(0xF), ErrUnsupported, 7, "check 0xF"},
		"header only":            {small[:12], io.ErrUnexpectedEOF, 12, "cut off"},
		"block header cut":       {small[:23], io.ErrUnexpectedEOF, 12, "block header is cut off"},
		"block header CRC":       {changed(small, 20, 1), ErrCorrupt, 12, "block header CRC32"},
		"block flag":             {block(header(0x08, 0x21, 1, 16), ""), ErrUnsupported, 13, "block flags"},
		"unknown filter":         {block(header(1, 0x7E, 0, 0x21, 1, 16), ""), ErrUnsupported, 14, "0x7E"},
		"filter out of place":    {block(header(1, 0x04, 0, 0x03, 1, 0), ""), ErrUnsupported, 16, "delta in this place"},
		"filter properties":      {block(header(1, 0x04, 0, 0x21, 1, 41), ""), ErrUnsupported, 16, "properties of filter lzma2"},
		"filter cut":             {block(header(0, 0x21, 100), ""), ErrCorrupt, 14, "does not fit"},
		"second filter cut":      {block(header(1, 0x04, 0, 0x21, 100), ""), ErrCorrupt, 16, "does not fit"},
		"more fields":            {block(header(0, 0x21, 1, 16, 0, 0, 1), ""), ErrUnsupported, 17, "header fields"},
		"no compressed data":     {block(header(0x40, 0, 0x21, 1, 16), ""), ErrCorrupt, 12, "claims no compressed"},
		"malformed number":       {block(header(0x80, 0x80, 0, 0x21, 1, 16), ""), ErrCorrupt, 14, "malformed"},
		"number cut":             {block(header(0xC0, 1, 0x80), ""), io.ErrUnexpectedEOF, 15, "number is cut off"},
		"no chunks":              {small[:24], io.ErrUnexpectedEOF, 24, "LZMA2 data is cut off"},
		"unknown chunk":          {block(smallHeader, "\x03\x00\x00a"), ErrCorrupt, 24, "unknown kind"},
		"the last unknown chunk": {block(smallHeader, "\x7f\x00\x00a"), ErrCorrupt, 24, "unknown kind"},
		"chunk header cut":       {small[:26], io.ErrUnexpectedEOF, 24, "chunk is cut off"},
		"chunk cut":              {small[:31], io.ErrUnexpectedEOF, 24, "chunk is cut off"},
		"LZMA chunk header cut":  {block(smallHeader, "\xe0\x00\x00\x00\x04"), io.ErrUnexpectedEOF, 24, "chunk is cut off"},
		"LZMA chunk cut":         {block(smallHeader, "\xe0\x00\x00\x00\x04\x00abcd"), io.ErrUnexpectedEOF, 24, "chunk is cut off"},
		"no reset":               {block(smallHeader, "\x02\x00\x00a"), ErrCorrupt, 24, "reset"},
		"no properties":          {block(smallHeader, "\x01\x00\x00a\xa0\x00\x00\x00\x04abcde"), ErrCorrupt, 28, "reset"},
		"damaged LZMA":           {block(smallHeader, "\xe0\x00\x00\x00\x04\x00\x01bcde"), ErrCorrupt, 30, "damaged"},
		"second chunk":           {block(smallHeader, "\x01\x00\x00a\x09"), ErrCorrupt, 28, "unknown kind"},
		"end of chunks":          {small[:32], io.ErrUnexpectedEOF, 32, "cut off"},
		"block padding":          {changed(small, 34, 1), ErrCorrupt, 33, "padding"},
		"block padding cut":      {small[:34], io.ErrUnexpectedEOF, 33, "block is cut off"},
		"check cut":              {checked[:39], io.ErrUnexpectedEOF, 33, "block is cut off"},
		"wrong check":            {checked, ErrCorrupt, 36, "crc32 of the data"},
		"wrong compressed size":  {block(header(0x40, 8, 0x21, 1, 16), string(smallChunks)), ErrCorrupt, 12, "size of the compressed data"},
		"wrong size":             {block(header(0x80, 6, 0x21, 1, 16), string(smallChunks)), ErrCorrupt, 12, "size of the data"},
		"size too small":         {block(header(0x80, 4, 0x21, 1, 16), string(smallChunks)), ErrCorrupt, 24, "more data than its header"},
		"index cut":              {small[:37], io.ErrUnexpectedEOF, 37, "number is cut off"},
		"no record":              {join(small[:36], index(0), smallFooter), ErrCorrupt, 36, "as many records"},
		"a record too many":      {join(small[:36], index(2, 21, 5, 21, 5), smallFooter), ErrCorrupt, 36, "as many records"},
		"records beyond all":     {join(small[:36], index(1<<40), smallFooter), io.ErrUnexpectedEOF, 36, "more records"},
		"wrong record":           {join(small[:36], index(1, 22, 5), smallFooter), ErrCorrupt, 38, "sizes of the block"},
		"record of no size":      {join(small[:36], index(1, 4, 5), smallFooter), ErrCorrupt, 38, "impossible"},
		"largest record":         {join(small[:36], index(1, maxNumber-2, 5), smallFooter), ErrCorrupt, 38, "impossible"},
		"index CRC":              {changed(small, 41, small[41]^1), ErrCorrupt, 40, "index CRC32"},
		"index padding":          {join(longBlock, summed(changed(padded[:8], 7, 1)), footer(12, 0, 0)), ErrCorrupt, 232, "index padding"},
		"index sum cut":          {small[:42], io.ErrUnexpectedEOF, 40, "field is cut off"},
		"footer cut":             {small[:55], io.ErrUnexpectedEOF, 44, "footer is cut off"},
		"footer magic":           {changed(small, 55, 'z'), ErrCorrupt, 54, "no magic"},
		"footer CRC":             {changed(small, 44, small[44]^1), ErrCorrupt, 44, "footer CRC32"},
		"footer flag":            {join(small[:44], footer(8, 1, 0)), ErrUnsupported, 52, "stream flags"},
		"wrong index size":       {join(small[:44], footer(12, 0, 0)), ErrCorrupt, 48, "size of the index"},
		"another check":          {join(small[:44], footer(8, 0, 1)), ErrCorrupt, 52, "different checks"},
		"odd padding":            {join(small, make([]byte, 7)), ErrCorrupt, 63, "multiple of four"},
		"garbage":                {join(small, make([]byte, 4), []byte("garbage")), ErrCorrupt, 60, "data that is not a stream"},
		"a stream cut":           {join(small, small[:3]), io.ErrUnexpectedEOF, 56, "header is cut off"},
		"a second stream":        {join(small, changed(small, 34, 1)), ErrCorrupt, 56 + 33, "block padding"},
	} {
		for _, prefix := range []bool{false, true} {
			got, err := Decode(nil, test.src, 1<<20)
			size := int(test.at)
			if prefix && test.at < 56 {
				_, size, err = DecodePrefix(nil, test.src, 1<<20)
				got = nil
			}
			failed := (*Error)(nil)
			if got != nil || !errors.As(err, &failed) || !errors.Is(err, test.kind) || failed.Offset != test.at || size != int(test.at) ||
				!strings.Contains(err.Error(), test.text) {
				t.Errorf("%s: %d bytes, %v at %d, want %q at %d", name, len(got), err, size, test.text, test.at)
			}
		}
	}
}

// TestLimitOffsets: with an index, exceeding the limit is detected at the first byte,
// without one at the chunk that exceeds it.
func TestLimitOffsets(t *testing.T) {
	two := join(smallStart, smallHeader, []byte("\x01\x00\x02abc\x02\x00\x01de\x00\x00\x00"))
	for _, test := range []struct {
		src   []byte
		limit int64
		at    int64
	}{
		{small, 4, 0}, {small[:50], 4, 24}, {two, 4, 30}, {two, 2, 24}, {join(small, small), 9, 0}, {join(small, small[:50]), 9, 56 + 24},
	} {
		_, err := Decode(nil, test.src, test.limit)
		failed := (*Error)(nil)
		if !errors.Is(err, ErrLimit) || !errors.As(err, &failed) || failed.Offset != test.at {
			t.Errorf("%d bytes with %d: %v, want offset %d", len(test.src), test.limit, err, test.at)
		}
	}
}

// TestSizeErrors: Size detects errors in indexes, stream headers and footers.
func TestSizeErrors(t *testing.T) {
	const half, most = 1 << 62, maxNumber
	claim := func(numbers ...uint64) []byte {
		i := index(numbers...)
		return join(small[:36], i, footer(len(i), 0, 0))
	}
	for name, test := range map[string]struct {
		src  []byte
		kind error
		at   int64
		text string
	}{
		"header only":           {small[:12], io.ErrUnexpectedEOF, 12, "stream is cut off"},
		"nearly a stream":       {join(smallStart, smallFooter[1:]), io.ErrUnexpectedEOF, 23, "stream is cut off"},
		"footer magic":          {changed(small, 54, 'y'), ErrCorrupt, 54, "no magic"},
		"odd end":               {join(small, []byte{0, 0}), ErrCorrupt, 56, "no magic"},
		"index of all":          {join(small[:44], footer(36, 0, 0)), ErrCorrupt, 48, "larger than the file"},
		"index of too much":     {join(small[:44], footer(16, 0, 0)), ErrCorrupt, 28, "index does not start with 0"},
		"index of too little":   {join(small[:36], index(1, 21, 5), make([]byte, 4), footer(12, 0, 0)), ErrCorrupt, 36, "does not match the footer"},
		"index CRC":             {changed(small, 40, small[40]^1), ErrCorrupt, 40, "index CRC32"},
		"blocks beyond all":     {claim(1, 25, 5), ErrCorrupt, 36, "blocks are larger"},
		"blocks of 63 bits":     {claim(2, half, 5, half, 5), ErrCorrupt, 36, "63 bits"},
		"data of 63 bits":       {claim(2, 8, half, 8, half), ErrCorrupt, 36, "63 bits"},
		"the other check":       {join(small[:44], footer(8, 0, 4)), ErrCorrupt, 0, "different checks"},
		"no stream where it is": {claim(1, 20, 5)[4:], ErrFormat, 0, "magic"},
		"a shifted stream":      {claim(1, 17, 5), ErrCorrupt, 4, "data that is not a stream"},
	} {
		size, err := Size(test.src)
		failed := (*Error)(nil)
		if size != 0 || !errors.As(err, &failed) || !errors.Is(err, test.kind) || failed.Offset != test.at || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %d, %v, want %q at %d", name, size, err, test.text, test.at)
		}
	}
	for _, test := range []struct {
		src  []byte
		want int64
		ok   bool
	}{
		{small, 5, true}, {join(small, small), 10, true}, {join(small, make([]byte, 4), small, make([]byte, 8)), 10, true},
		{claim(1, 21, most), most, true}, {claim(1, 24, most), most, true}, {claim(2, 8, half, 16, half-1), most, true},
		{join(claim(1, 21, most), claim(1, 21, 0)), most, true}, {join(claim(1, 21, most), claim(1, 21, 1)), 0, false},
		{join(smallStart, index(0), smallFooter), 0, true},
	} {
		if got, err := Size(test.src); got != test.want || (err == nil) != test.ok {
			t.Errorf("%d bytes: %d, %v, want %d", len(test.src), got, err, test.want)
		}
	}
}

// TestInspectShort: the header of a stream, and that of its first block, must be there.
func TestInspectShort(t *testing.T) {
	for n := range len(small) {
		info, err := Inspect(small[:n])
		if (err == nil) != (n >= 24) || err == nil && (info.DictSize != 1<<20 || len(info.Filters) != 1) {
			t.Errorf("%d bytes: %+v, %v", n, info, err)
		}
	}
	empty := join(smallStart, index(0), smallFooter)
	if info, err := Inspect(empty[:13]); err != nil || info.Filters != nil {
		t.Errorf("no blocks: %+v, %v", info, err)
	}
}

// TestNames: checks and filters have the xz tool's names.
func TestNames(t *testing.T) {
	for check, want := range map[Check]string{0: "none", 1: "crc32", 4: "crc64", 10: "sha256", 2: "check 0x2", 15: "check 0xF"} {
		if check.String() != want || check.supported() == strings.Contains(want, "0x") {
			t.Errorf("%s, supported %v", check, check.supported())
		}
	}
	for id, want := range map[FilterID]string{3: "delta", 4: "x86", 5: "powerpc", 6: "ia64", 7: "arm", 8: "armthumb", 9: "sparc", 10: "arm64",
		11: "riscv", 0x21: "lzma2", 0: "filter 0x0", 2: "filter 0x2", 12: "filter 0xC", 0x20: "filter 0x20", 0x22: "filter 0x22", 1 << 40: "filter 0x10000000000"} {
		if id.String() != want {
			t.Errorf("%s, not %s", id, want)
		}
	}
}

// TestProps: all combinations of lc, lp and pb.
func TestProps(t *testing.T) {
	d := new(decoder)
	for props := range 256 {
		lc, lp, pb := props%9, props/9%5, props/45
		want := pb <= 4 && lc+lp <= 4
		if got := d.setProps(byte(props)); got != want || got && (d.lc != uint64(lc) || d.lpMask != 1<<lp-1 || d.pbMask != 1<<pb-1) {
			t.Errorf("%d: %v, %d, %d, %d", props, got, d.lc, d.lpMask, d.pbMask)
		}
	}
}

// TestAlignment: the start offset of a filter is a multiple of its instructions'
// alignment.
func TestAlignment(t *testing.T) {
	for id, align := range map[FilterID]uint32{FilterX86: 1, FilterPowerPC: 4, FilterIA64: 16, FilterARM: 4, FilterARMThumb: 2,
		FilterSPARC: 4, FilterARM64: 4, FilterRISCV: 2} {
		for start := range uint32(33) {
			f := Filter{ID: id}
			if got := f.setProperties(binary.LittleEndian.AppendUint32(nil, start)); got != (start%align == 0) || f.StartOffset != start {
				t.Errorf("%v at %d: %v", id, start, got)
			}
		}
		for n := range 6 {
			f := Filter{ID: id}
			if got := f.setProperties(make([]byte, n)); got != (n == 0 || n == 4) {
				t.Errorf("%v with %d bytes: %v", id, n, got)
			}
		}
	}
	for n := range 3 {
		delta, lzma2, none := Filter{ID: FilterDelta}, Filter{ID: FilterLZMA2}, Filter{ID: 0x7E}
		if delta.setProperties(make([]byte, n)) != (n == 1) || lzma2.setProperties(make([]byte, n)) != (n == 1) || none.setProperties(make([]byte, n)) {
			t.Errorf("%d bytes", n)
		}
	}
}
