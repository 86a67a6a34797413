package decompress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"
)

// TestPrefix: data after a stream does not matter, and its beginning is
// reported.
func TestPrefix(t *testing.T) {
	var buf []byte
	for _, e := range encoders {
		sizes := []int{1, 500, 300_000}
		if e.name == "lz4 legacy" { // whose blocks end there
			sizes = append(sizes, lz4BlockSize, lz4BlockSize+1)
		}
		for _, n := range sizes {
			content := sample(n)
			packed := e.encode(t, content)
			behind := []byte("\x1f\x8b\x08 something else")
			if e.name == "lz4 legacy" && n%lz4BlockSize == 0 {
				behind = binary.LittleEndian.AppendUint32(nil, uint32(n))
			}
			part, err := Prefix(buf, append(bytes.Clone(packed), behind...), int64(n))
			if e.codec == LZ4 && e.name != "lz4 legacy" {
				if !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("%s: %v", e.name, err)
				}
				continue
			}
			if err != nil || !bytes.Equal(part.Content, content) || part.Size != len(packed) {
				t.Errorf("%s of %d bytes: got %d bytes from %d of %d, %v",
					e.name, n, len(part.Content), part.Size, len(packed), err)
			}
			buf = part.Content
			if part, err := Prefix(nil, packed, int64(n)); err != nil || !bytes.Equal(part.Content, content) {
				t.Errorf("%s of %d bytes, nothing behind: %v", e.name, n, err)
			}
			if _, err := Prefix(nil, packed, int64(n-1)); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s of %d bytes above the limit: %v", e.name, n, err)
			}
			part, err = Prefix(nil, packed[:len(packed)-1], int64(n))
			if !errors.Is(err, ErrCorrupt) || part.Size > len(packed) || len(part.Content) > n {
				t.Errorf("%s of %d bytes, cut: %+v bytes, %v", e.name, n, part.Size, err)
			}
		}
	}
	if part, err := Prefix(buf, []byte("plain"), 100); !errors.Is(err, errors.ErrUnsupported) || len(part.Content) != 0 {
		t.Errorf("not packed: %v", err)
	}
}

// TestPrefixCost: with an error, it is reported what was read and written until
// then.
func TestPrefixCost(t *testing.T) {
	for _, e := range encoders {
		if e.codec == LZ4 { // a truncated block is not read
			continue
		}
		packed := e.encode(t, sample(200_000))
		damaged := bytes.Clone(packed)
		damaged[len(damaged)-1] ^= 0x55 // of the checksum, or of the end mark
		part, err := Prefix(nil, damaged, 1<<20)
		if cost := len(part.Content) + part.Size; err == nil || cost < len(packed)/2 {
			t.Errorf("%s: %d bytes, %v", e.name, cost, err)
		}
	}
	// Many empty blocks of a frame cost time but give no output.
	frame := append([]byte("\x28\xb5\x2f\xfd\x00\x58"), make([]byte, 3_000_000)...)
	if part, err := Prefix(nil, frame, 1<<20); err == nil || part.Size < 2_999_990 {
		t.Errorf("empty blocks: %d bytes, %v", part.Size, err)
	}
}

func TestPrefixLegacyLZ4(t *testing.T) {
	const magic = "\x02\x21\x4c\x18"
	for name, src := range map[string]string{
		"nothing": magic, "size cut": magic + "\x01\x00", "block cut": magic + "\x05\x00\x00\x00\x10",
		"size":    magic + "\xff\xff\xff\x7f" + "abc",
		"content": magic + "\x02\x00\x00\x00\xff\xff", "size 0": magic + "\x00\x00\x00\x00",
	} {
		if part, err := Prefix(nil, []byte(src), 1000); err == nil && len(part.Content) > 0 || part.Size > len(src) {
			t.Errorf("%s: %+v, %v", name, part, err)
		}
	}
}

// TestPrefixLegacyLZ4Sizes: how much of a legacy lz4 file was read, to the byte, where it
// ends and where something is wrong with it.
func TestPrefixLegacyLZ4Sizes(t *testing.T) {
	const magic, abc = "\x02\x21\x4c\x18", "\x04\x00\x00\x00\x30abc"
	full := string(encodeLZ4Legacy(t, make([]byte, lz4BlockSize)))
	size := func(n uint32) string { return string(binary.LittleEndian.AppendUint32(nil, n)) }
	for _, test := range []struct {
		name, src string
		content   int
		size      int
		text      string // of the error
	}{
		{"nothing", magic, 0, 4, "it ends too early"},
		{"three bytes of a size", magic + "\x04\x00\x00", 0, 4, "it ends too early"},
		{"a size and no more", magic + "\x04\x00\x00\x00", 0, 8, "a block has an impossible size"},
		{"a block cut off", magic + abc[:7], 0, 8, "a block has an impossible size"},
		{"a block", magic + abc, 3, 12, ""},
		{"a block and something else", magic + abc + abc, 3, 12, ""},
		{"a full block", full, lz4BlockSize, len(full), ""},
		{"a full block and its size", full + size(lz4BlockSize) + "more", lz4BlockSize, len(full), ""},
		{"a full block and half a size", full + "\x00\x00", lz4BlockSize, len(full), "it ends too early"},
		{"a full block and another one", full + abc, lz4BlockSize + 3, len(full) + 8, ""},
		{"two full blocks", full + full[4:], 2 * lz4BlockSize, 2*len(full) - 4, ""},
		{"two full blocks and their size", full + full[4:] + size(2*lz4BlockSize), 2 * lz4BlockSize, 2*len(full) - 4, ""},
		{"damaged", magic + "\x04\x00\x00\x00\x0f\x01\x00\x00", 0, 12, "lz4 data is corrupt"},
		{"the largest size and one", magic + size(uint32(lz4.CompressBlockBound(lz4BlockSize)+1)) + "abc", 0, 8,
			"a block has an impossible size"},
	} {
		part, err := Prefix(nil, []byte(test.src), 32<<20)
		if len(part.Content) != test.content || part.Size != test.size ||
			(err == nil) != (test.text == "") || err != nil && !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %d bytes from %d, %v; want %d from %d, %s", test.name, len(part.Content), part.Size, err,
				test.content, test.size, test.text)
		}
	}
	for limit, ok := range map[int64]bool{lz4BlockSize - 1: false, lz4BlockSize: true} {
		if part, err := Prefix(nil, []byte(full), limit); ok != (err == nil) || !ok && !errors.Is(err, ErrTooLarge) ||
			len(part.Content) != lz4BlockSize {
			t.Errorf("limit %d: %d bytes, %v", limit, len(part.Content), err)
		}
	}
}

// TestPrefixDeclares: what the end of the data says is not the size of the part before.
func TestPrefixDeclares(t *testing.T) {
	src := append(encodeGzip(t, []byte("content")), bytes.Repeat([]byte{0xff, 0xff, 0, 0}, 1<<18)...)
	var dst []byte
	used := leastAllocated(70_000, func() {
		part, err := Prefix(dst, src, 1<<30)
		if err != nil || string(part.Content) != "content" {
			t.Fatalf("%q, %v", part.Content, err)
		}
	})
	if used > 70_000 {
		t.Errorf("%d bytes are allocated", used)
	}
}
