package kernelimage_test

import (
	"encoding/binary"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/test/modtest"
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

// program is an ELF program with these segments, each given by type, offset and
// size.
func program(bits int, order binary.ByteOrder, at uint64, step uint16, segments ...[3]uint64) []byte {
	b := append([]byte("\x7fELF\x01\x01"), make([]byte, 122)...)
	table, counts, place, size := 28, 42, 4, 16
	if bits == 64 {
		b[4], table, counts, place, size = 2, 32, 54, 8, 32
	}
	if order.String() == binary.BigEndian.String() {
		b[5] = 2
	}
	put := func(b []byte, n uint64) {
		if bits == 64 {
			order.PutUint64(b, n)
		} else {
			order.PutUint32(b, uint32(n))
		}
	}
	put(b[table:], at)
	order.PutUint16(b[counts:], step)
	order.PutUint16(b[counts+2:], uint16(len(segments)))
	for i, s := range segments {
		p := make([]byte, 56)
		order.PutUint32(p, uint32(s[0]))
		put(p[place:], s[1])
		put(p[size:], s[2])
		from := min(at+uint64(i)*uint64(step), uint64(len(b)))
		b = append(b[:from], append(p, b[min(from+56, uint64(len(b))):]...)...)
	}
	return b
}

// TestIsCutBounds: contents that end with the file are complete, and those that end
// one byte later are not.
func TestIsCutBounds(t *testing.T) {
	for _, bits := range []int{32, 64} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			n := uint64(64 + 3*56)
			for _, test := range []struct {
				name     string
				segments [][3]uint64
				want     bool
			}{
				{"no segment", nil, false},
				{"to the end", [][3]uint64{{1, 0, n}}, false},
				{"a byte after the end", [][3]uint64{{1, 0, n + 1}}, true},
				{"from the middle to the end", [][3]uint64{{1, 100, n - 100}}, false},
				{"from the middle to after the end", [][3]uint64{{1, 100, n - 99}}, true},
				{"nothing at the end", [][3]uint64{{1, n, 0}}, false},
				{"nothing after the end", [][3]uint64{{1, n + 1, 0}}, true},
				{"huge", [][3]uint64{{1, 1, 1<<32 - 1}}, true},
				{"huge offset", [][3]uint64{{1, 1<<32 - 1, 1}}, true},
				{"not loaded", [][3]uint64{{0, 0, n + 1}}, false},
				{"not loaded either", [][3]uint64{{2, 0, n + 1}}, false},
				{"the second one", [][3]uint64{{1, 0, n}, {1, 0, n + 1}}, true},
				{"the third one", [][3]uint64{{1, 0, n}, {4, 0, n + 1}, {1, n, 1}}, true},
				{"all fine", [][3]uint64{{1, 0, n}, {4, 0, n + 1}, {1, 1, n - 1}}, false},
			} {
				b := program(bits, order, 64, 56, test.segments...)
				b = append(b, make([]byte, n)...)[:n]
				if got := kernelimage.IsCut(b); got != test.want {
					t.Errorf("%s, %d bits, %v: %v", test.name, bits, order, got)
				}
			}
		}
	}
}

// TestIsCutTable: the part of the headers that is used must be there, which reaches to
// the size of the contents.
func TestIsCutTable(t *testing.T) {
	for bits, need := range map[int]uint64{32: 20, 64: 40} {
		const n = 200
		for _, at := range []uint64{n - need, n - need + 1, n, n + 1, 1<<32 - 1} {
			b := program(bits, binary.LittleEndian, at, 56, [3]uint64{2, 0, 0})
			b = append(b, make([]byte, n)...)[:n]
			if got := kernelimage.IsCut(b); got != (at > n-need) {
				t.Errorf("%d bits, headers at %d of %d: %v", bits, at, n, got)
			}
		}
		b := program(bits, binary.LittleEndian, 64, 0, [3]uint64{2, 0, 0}, [3]uint64{2, 0, 0})
		if kernelimage.IsCut(b) {
			t.Errorf("%d bits: headers of no size lie in one place", bits)
		}
	}
	whole := program(64, binary.LittleEndian, 64, 56, [3]uint64{1, 0, 1 << 20})
	for n := range whole {
		if got := kernelimage.IsCut(whole[:n]); got != (n >= 64) {
			t.Errorf("%d bytes: %v", n, got)
		}
	}
	for at := range 4 {
		other := append([]byte(nil), whole...)
		other[at]++
		if kernelimage.IsCut(other) {
			t.Errorf("with another byte at %d it is ELF", at)
		}
	}
}
