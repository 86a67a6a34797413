package decompress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/gokmod/gokmod/internal/window"
	"github.com/pierrec/lz4/v4"
)

// TestLZ4LegacySizeTrailer covers the size that the kernel's build appends.
func TestLZ4LegacySizeTrailer(t *testing.T) {
	for _, size := range []int{1000, 8<<20 + 1000} {
		content := sample(size)
		src := binary.LittleEndian.AppendUint32(encodeLZ4Legacy(t, content), uint32(size))
		got, err := Bytes(nil, src, DefaultLimit)
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: error %v", size, err)
		}
	}
}

// TestLZ4DeclaresTooMuch checks that the size in the frame is not allocated
// before it turns out to be wrong.
func TestLZ4DeclaresTooMuch(t *testing.T) {
	src := encodeLZ4Sized(t, sample(1000))
	src[12] = 0x40 // the size's seventh byte; the header's checksum is now wrong too
	if got := lz4Size(window.Bytes(src)); got < 1<<50 {
		t.Fatalf("the size is elsewhere: %d", got)
	}
	var err error
	used := leastAllocated(1<<20, func() { _, err = Bytes(nil, src, DefaultLimit) })
	if !errors.Is(err, ErrCorrupt) || used > 1<<20 {
		t.Errorf("error %v, %d bytes allocated", err, used)
	}
}

// TestLZ4KeepsNothing decodes a block that refers to data before its start,
// after another file that left some there.
func TestLZ4KeepsNothing(t *testing.T) {
	// Four literals, four bytes from 100 bytes back, five literals.
	const block = "\x40abcd\x64\x00\x50efghi"
	size := binary.LittleEndian.AppendUint32(nil, uint32(len(block)))
	frames := map[string][]byte{
		"legacy": encodeLZ4Legacy(t, sample(5000)),
		"frame":  lz4With(t, sample(5000), lz4.ChecksumOption(false)),
	}
	for name, good := range frames {
		t.Run(name, func(t *testing.T) {
			header := good[:4]
			if name == "frame" {
				header = good[:7]
			}
			bad := bytes.Join([][]byte{header, size, []byte(block)}, nil)
			if name == "frame" {
				bad = append(bad, 0, 0, 0, 0)
			}
			for range 5 {
				if _, err := Bytes(nil, good, DefaultLimit); err != nil {
					t.Fatal(err)
				}
				if got, err := Bytes(nil, bad, DefaultLimit); !errors.Is(err, ErrCorrupt) {
					t.Fatalf("Bytes = %q, %v, want ErrCorrupt", got, err)
				}
			}
		})
	}
}
