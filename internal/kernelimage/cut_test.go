package kernelimage_test

import (
	"encoding/binary"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/modtest"
)

func TestIsCut(t *testing.T) {
	for _, bits := range []int{32, 64} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			whole := modtest.Vmlinux(kernel, bits, order)
			if kernelimage.IsCut(whole) || kernelimage.IsCut(append(whole, "more"...)) {
				t.Errorf("%d bits, %v: a whole kernel is cut", bits, order)
			}
			for n := 64; n < len(whole); n++ {
				if !kernelimage.IsCut(whole[:n:n]) {
					t.Errorf("%d bits, %v: %d of %d bytes are the whole", bits, order, n, len(whole))
				}
			}
		}
	}
	bare := append([]byte("\x7fELF\x02\x01"), make([]byte, 100)...)
	for _, other := range [][]byte{nil, kernel, []byte("\x7fELF"), bare} {
		if kernelimage.IsCut(other) {
			t.Errorf("%q is cut", other)
		}
	}
}
