package decompress

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/window"
)

// block makes a zstd block; size is the size in its header.
func block(kind, size int, last bool, content string) string {
	header := size<<3 | kind<<1
	if last {
		header |= 1
	}
	return string([]byte{byte(header), byte(header >> 8), byte(header >> 16)}) + content
}

// TestScanZstd: what the headers of frames and blocks tell, without decoding.
func TestScanZstd(t *testing.T) {
	const sized, unknown, summed = zstdMagic + "\x20\x05", zstdMagic + "\x00\x58", zstdMagic + "\x04\x00"
	const skippable = "\x5f\x2a\x4d\x18\x03\x00\x00\x00abc"
	hello := block(zstdRaw, 5, true, "hello")
	for _, test := range []struct {
		name string
		src  string
		want zstdFrames
	}{
		{"nothing", "", zstdFrames{0, true, 0}},
		{"declared", sized + hello, zstdFrames{5, true, 0}},
		{"raw", unknown + hello, zstdFrames{5, false, 2 << 20}},
		{"a byte over and over", unknown + block(zstdRLE, 1000, true, "x"), zstdFrames{1000, false, 2 << 20}},
		{"compressed", unknown + block(zstdCompressed, 4, true, "abcd"), zstdFrames{128 << 10, false, 2 << 20}},
		{"blocks", unknown + block(zstdRaw, 2, false, "he") + block(zstdRLE, 7, false, "x") + hello,
			zstdFrames{14, false, 2 << 20}},
		{"the largest blocks", unknown + block(zstdRLE, 128<<10, false, "x") +
			block(zstdRaw, 128<<10, true, strings.Repeat("y", 128<<10)), zstdFrames{256 << 10, false, 2 << 20}},
		{"with a checksum", summed + block(zstdRaw, 5, true, "hello") + "abcd", zstdFrames{5, false, 1 << 10}},
		{"frames", sized + hello + summed + hello + "abcd" + sized + hello, zstdFrames{15, false, 1 << 10}},
		{"frames that declare", sized + hello + sized + hello, zstdFrames{10, true, 0}},
		{"skippable", sized + hello + skippable + sized + hello + skippable, zstdFrames{10, true, 0}},
		{"declares less", zstdMagic + "\x20\x04" + hello, zstdFrames{4, true, 0}},
	} {
		got, err := scanZstd(window.Bytes([]byte(test.src)))
		if err != nil || got.bound != test.want.bound || got.exact != test.want.exact ||
			got.window != test.want.window {
			t.Errorf("%s: %+v, %v, want %+v", test.name, got, err, test.want)
		}
		for cut := len(zstdMagic); cut < min(len(test.src), 60); cut++ {
			part, err := scanZstd(window.Bytes([]byte(test.src[:cut])))
			if err == nil && !strings.HasPrefix(test.src[cut:], zstdMagic) && !strings.HasPrefix(test.src[cut:], skippable) {
				t.Errorf("%s, cut to %d bytes: %+v", test.name, cut, part)
			}
		}
	}
}

// TestScanZstdErrors: the error says what is wrong, and where, and how far the file was
// read is returned.
func TestScanZstdErrors(t *testing.T) {
	const unknown = zstdMagic + "\x00\x58"
	hello := block(zstdRaw, 5, true, "hello")
	good := unknown + hello
	for _, test := range []struct {
		name, src string
		kind      error
		text      string
	}{
		{"larger than a block may be", unknown + block(zstdRLE, 128<<10+1, true, "x"), ErrCorrupt,
			"the block at offset 6 is too large"},
		{"the second block", unknown + block(zstdRaw, 2, false, "he") + block(3, 2, true, "he"), ErrCorrupt,
			"the block at offset 11 is of a reserved type"},
		{"the second frame", good + zstdMagic + "\x20\x06" + hello, ErrCorrupt,
			fmt.Sprintf("the frame at offset %d declares more than it holds", len(good))},
		{"behind two frames", good + good + "text", ErrCorrupt,
			fmt.Sprintf("other data follows it at offset %d", 2*len(good))},
		{"the dictionary of the second frame", good + zstdMagic + "\x21\x07\x05" + hello, ErrUnsupported,
			"it needs dictionary 7"},
		{"half a header", unknown + "\x29\x00", ErrCorrupt, "it ends too early"},
		{"a byte less", good[:len(good)-1], ErrCorrupt, "it ends too early"},
		{"half a checksum", zstdMagic + "\x04\x58" + hello + "abc", ErrCorrupt, "it ends too early"},
		{"no blocks", unknown, ErrCorrupt, "it ends too early"},
	} {
		_, err := scanZstd(window.Bytes([]byte(test.src)))
		if !errors.Is(err, test.kind) || !strings.HasSuffix(err.Error(), ": "+test.text) {
			t.Errorf("%s: %v, want %s", test.name, err, test.text)
		}
		if out, gotErr := Bytes(nil, []byte(test.src), 1<<20); out != nil || gotErr == nil || gotErr.Error() != err.Error() {
			t.Errorf("%s: Bytes gives %d bytes, %v", test.name, len(out), gotErr)
		}
	}
	if part, err := Prefix(nil, []byte(unknown+block(zstdRaw, 2, false, "he")+block(zstdRaw, 9, true, "x")),
		100); err == nil ||
		part.Size != 11 || len(part.Content) != 0 {
		t.Errorf("the part before the error has %+v, %v", part, err)
	}
}

// TestSkip: skipped bytes must exist, exactly.
func TestSkip(t *testing.T) {
	w := window.Bytes(make([]byte, 10))
	for n, ok := range map[int64]bool{0: true, 6: true, 7: false, 1 << 62: false} {
		if end, err := skip(w, 4, n); ok != (err == nil) || ok && end != 4+int(n) || !ok && !errors.Is(err,
			io.ErrUnexpectedEOF) {
			t.Errorf("%d: %d, %v", n, end, err)
		}
	}
}

// TestRoomFor: content has room for what is copied after it, and large content for one
// more block, which is not visible.
func TestRoomFor(t *testing.T) {
	for size, want := range map[int64]int64{0: 16, 1<<20 - 16: 1 << 20, 1 << 20: 1<<20 + 16 + 128<<10} {
		if got := roomFor(nil, size); len(got) != 0 || int64(cap(got)) != want {
			t.Errorf("%d: %d of %d", size, len(got), cap(got))
		}
		large := make([]byte, 5, 4<<20)
		if got := roomFor(large, size); len(got) != 0 || int64(cap(got)) != want || want > 0 && &got[:1][0] != &large[0] {
			t.Errorf("%d in a buffer: %d of %d", size, len(got), cap(got))
		}
	}
}

// TestZstdErrors: a damaged frame is corrupt whatever room there is for it.
func TestZstdErrors(t *testing.T) {
	for _, e := range encoders {
		if e.codec != Zstd {
			continue
		}
		src := e.encode(t, sample(200_000))
		src[len(src)-1] ^= 1 // of the checksum
		for _, limit := range []int64{200_000, 1 << 20, DefaultLimit} {
			if got, err := Bytes(nil, src, limit); got != nil || !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s, limit %d: %d bytes, %v", e.name, limit, len(got), err)
			}
		}
		src[len(src)-1] ^= 1
		whole := bytes.Clone(src)
		for range 3 { // the window in a frame of the caller's is not changed
			if got, err := Bytes(nil, src, 200_000); err != nil || len(got) != 200_000 || !bytes.Equal(src, whole) {
				t.Errorf("%s: %d bytes, %v", e.name, len(got), err)
			}
		}
	}
	if err := zstdError(nil); err != nil {
		t.Errorf("none is %v", err)
	}
}
