package kernelimage_test

import (
	"bytes"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestBombs: unpacking up to the limit or beyond takes 1.1 times the limit, wherever
// the bomb is, and some more for decoders. Earlier failed attempts count too. The lz4
// decoder is left out: its blocks of 8 MiB come and go.
func TestBombs(t *testing.T) {
	const limit, decoders = 4 << 20, 2 << 20
	for _, codec := range []string{"gzip", "xz", "zstd"} {
		small := modtest.Wrapped(pack(t, codec, make([]byte, limit/8)))
		for name, size := range map[string]int{"the limit": limit, "beyond the limit": limit + limit/4} {
			bomb := pack(t, codec, make([]byte, size))
			sized := append(bytes.Clone(bomb), byte(size), byte(size>>8), byte(size>>16), byte(size>>24))
			for where, image := range map[string][]byte{
				"bzImage": bzImage(1, 2*512, sized, len(sized)), "zboot": modtest.Zboot(codec, bomb), "as a whole": bomb,
				"within a program": modtest.Wrapped(bomb), "twice": append(bytes.Clone(bomb), bomb...),
				"after a small one": append(bytes.Clone(small), bomb...),
			} {
				most := uint64(limit + limit/10 + decoders)
				if where == "after a small one" {
					most += limit / 8
				}
				if got := modtest.Allocated(func() { kernelimage.Unpack(image, limit) }); got > most {
					t.Errorf("%s, %s, %s: %d KiB are allocated, of at most %d", codec, name, where, got>>10, most>>10)
				}
			}
		}
	}
}
