package modtest

import "encoding/binary"

// Vmlinux wraps a kernel in an ELF program of 32 or 64 bits. It has two segments:
// one that is not loaded and points nowhere, and the kernel. elf(5) describes the
// layout.
func Vmlinux(kernel []byte, bits int, order binary.AppendByteOrder) []byte {
	class, header, segment := byte(2), 64, 56
	if bits == 32 {
		class, header, segment = 1, 52, 32
	}
	word := func(b []byte, numbers ...int) []byte {
		for _, n := range numbers {
			if bits == 32 {
				b = order.AppendUint32(b, uint32(n))
			} else {
				b = order.AppendUint64(b, uint64(n))
			}
		}
		return b
	}
	data := byte(1)
	if order.String() == binary.BigEndian.String() {
		data = 2
	}
	start := header + 2*segment
	b := append([]byte("\x7fELF"), class, data, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = order.AppendUint16(b, 2)      // type
	b = append(b, make([]byte, 6)...) // machine, version
	b = word(b, 0, header, 0)         // entry, program headers, section headers
	b = append(b, make([]byte, 6)...) // flags, size of this header
	for _, n := range []int{segment, 2, 0, 0, 0} {
		b = order.AppendUint16(b, uint16(n))
	}
	for _, s := range []struct{ kind, offset, size int }{{4, 1 << 30, 1}, {1, start, len(kernel)}} {
		from := len(b)
		b = order.AppendUint32(b, uint32(s.kind))
		if bits != 32 {
			b = order.AppendUint32(b, 0) // flags, which the 64-bit form has elsewhere
		}
		b = word(b, s.offset, 0, 0, s.size)
		b = append(b, make([]byte, segment-(len(b)-from))...)
	}
	return append(b, kernel...)
}
