package decompress

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
)

// zstdMagic starts every frame below. The descriptor that follows it has the
// width of the content size in bits 6 and 7, "single segment" in bit 5, "has a
// checksum" in bit 2 and the width of the dictionary's number in bits 0 and 1.
const zstdMagic = "\x28\xb5\x2f\xfd"

func TestZstdFrames(t *testing.T) {
	const sizeOf5, skippable = "\x20\x05", "\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
	tests := []struct {
		name string
		src  string
		want string // content, or the start of the error
		kind error
	}{
		{"raw", zstdMagic + sizeOf5 + "\x29\x00\x00hello", "hello", nil},
		{"RLE", zstdMagic + sizeOf5 + "\x2b\x00\x00x", "xxxxx", nil},
		{"two blocks", zstdMagic + sizeOf5 + "\x10\x00\x00he\x19\x00\x00llo", "hello", nil},
		{"skippable after it", zstdMagic + sizeOf5 + "\x29\x00\x00hello" + skippable, "hello", nil},
		{"skippable between", zstdMagic + sizeOf5 + "\x29\x00\x00hello" + skippable +
			zstdMagic + sizeOf5 + "\x29\x00\x00world", "helloworld", nil},
		{"skippable cut off", zstdMagic + sizeOf5 + "\x29\x00\x00hello" + skippable[:9],
			"zstd data is corrupt: it ends too early", ErrCorrupt},
		{"declares too much", zstdMagic + "\xe0\x00\x00\x00\x20\x00\x00\x00\x00" + "\x29\x00\x00hello",
			"zstd data is corrupt: the frame at offset 0 declares more than it holds", ErrCorrupt},
		{"declares the most there is", zstdMagic + "\xe0\xff\xff\xff\xff\xff\xff\xff\xff" + "\x29\x00\x00hello",
			"zstd data is corrupt", ErrCorrupt},
		{"declares too little", zstdMagic + "\x20\x04" + "\x29\x00\x00hello", "zstd data is corrupt", ErrCorrupt},
		{"reserved block", zstdMagic + sizeOf5 + "\x2f\x00\x00hello",
			"zstd data is corrupt: the block at offset 6 is of a reserved type", ErrCorrupt},
		{"large block", zstdMagic + "\xa0\x00\x00\x00\x01" + "\x03\x00\x80x",
			"zstd data is corrupt: the block at offset 9 is too large", ErrCorrupt},
		{"dictionary", zstdMagic + "\x21\x07\x05" + "\x29\x00\x00hello",
			"zstd data uses a feature that is not supported: it needs dictionary 7", ErrUnsupported},
		{"no frame follows", zstdMagic + sizeOf5 + "\x29\x00\x00hello" + "\x7fELF",
			"zstd data is corrupt: other data follows it at offset 14", ErrCorrupt},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Bytes(nil, []byte(test.src), DefaultLimit)
			if test.kind == nil {
				if err != nil || string(got) != test.want {
					t.Errorf("Bytes = %q, %v, want %q", got, err, test.want)
				}
				return
			}
			if !errors.Is(err, test.kind) || !strings.HasPrefix(err.Error(), test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			checkError(t, got, err)
		})
	}
}

// TestZstdWindow has a frame whose window is larger than 32 bits can address.
// Its descriptor is followed by the window's size, 2^(10+v/8) bytes for v
// divisible by 8.
func TestZstdWindow(t *testing.T) {
	got, err := Bytes(nil, []byte(zstdMagic+"\x00\xa8"+"\x29\x00\x00hello"), DefaultLimit)
	if math.MaxInt == math.MaxInt32 {
		if !errors.Is(err, ErrUnsupported) {
			t.Errorf("error %v, want ErrUnsupported", err)
		}
	} else if err != nil || string(got) != "hello" {
		t.Errorf("Bytes = %q, %v", got, err)
	}
}

// TestZstdDeclaresTooMuch has a frame that its blocks could fill, but do not.
func TestZstdDeclaresTooMuch(t *testing.T) {
	src := []byte(zstdMagic + "\xa0\x00\x00\x00\x40") // 1 GiB
	src = append(src, bytes.Repeat([]byte("\x10\x00\x00ab"), 1000)...)
	src = append(src, "\x11\x00\x00ab"...)
	var err error
	used := leastAllocated(1<<20, func() { _, err = Bytes(nil, src, DefaultLimit) })
	if !errors.Is(err, ErrCorrupt) || used > 1<<20 {
		t.Errorf("error %v, %d bytes allocated", err, used)
	}
}

// TestZstdUnknownSize needs several tries, as it compresses far better than
// expected.
func TestZstdUnknownSize(t *testing.T) {
	content := make([]byte, 5<<20)
	src := encodeZstdStream(t, content)
	got, err := Bytes(nil, src, DefaultLimit)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, error %v", len(got), err)
	}
	if _, err := Bytes(nil, src, 5<<20-1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte above the limit: %v", err)
	}
}

// TestZstdFarMatch: content that repeats its start at its end has a match as far away as it
// is long, which a window that is made to fit the limit has to reach, though the size of a
// window is not exact.
func TestZstdFarMatch(t *testing.T) {
	const size, repeated = 1<<20 + 127<<10, 32 << 10
	content := noise(size - repeated)
	content = append(content, content[:repeated]...)
	src := encodeZstdStream(t, content)
	if len(src) > size-repeated/2 {
		t.Fatalf("%d bytes are packed to %d: there is no match", size, len(src))
	}
	for _, limit := range []int64{size, size + 1, size + 100<<10, 2 * size} {
		if got, err := Bytes(nil, src, limit); err != nil || !bytes.Equal(got, content) {
			t.Errorf("limit %d: %d bytes, %v", limit, len(got), err)
		}
	}
	if _, err := Bytes(nil, src, size-1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte above the limit: %v", err)
	}
}
