package decompress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// TestPrefix: what stands behind a stream does not matter, and where that begins
// is told.
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

// TestPrefixCost: with an error, it is told what was read and written until then.
func TestPrefixCost(t *testing.T) {
	for _, e := range encoders {
		if e.codec == LZ4 { // a block that is cut off is not read
			continue
		}
		packed := e.encode(t, sample(200_000))
		damaged := bytes.Clone(packed)
		damaged[len(damaged)-1] ^= 0x55 // of the checksum, or of what ends the file
		part, err := Prefix(nil, damaged, 1<<20)
		if cost := len(part.Content) + part.Size; err == nil || cost < len(packed)/2 {
			t.Errorf("%s: %d bytes, %v", e.name, cost, err)
		}
	}
	// Many empty blocks of a frame cost time though they give nothing.
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
