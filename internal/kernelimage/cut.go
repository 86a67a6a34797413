package kernelimage

import "encoding/binary"

// The fields of ELF headers that are used here; see elf(5). The first bytes give
// the word size and the byte order of numbers.
//
//	offset    offset    size
//	(32-bit)  (64-bit)
//	      28        32  word  offset of the program headers
//	      42        54     2  size of one of them
//	      44        56     2  their number
//
// and in a program header
//
//	 0         0     4  type, 1 for what is loaded
//	 4         8  word  offset of its contents
//	16        32  word  their size
const (
	elfMagic  = "\x7fELF"
	elfHeader = 64
	loaded    = 1
)

// IsCut reports whether an unpacked ELF kernel ends before its contents do, as
// when it was copied in part. For kernels in other formats it cannot tell.
func IsCut(kernel []byte) bool {
	if len(kernel) < elfHeader || string(kernel[:len(elfMagic)]) != elfMagic {
		return false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if kernel[5] == 2 {
		order = binary.BigEndian
	}
	word, table, counts, place, size := 4, 28, 42, 4, 16
	if kernel[4] == 2 {
		word, table, counts, place, size = 8, 32, 54, 8, 32
	}
	at := number(kernel[table:][:word], order)
	step, n := uint64(order.Uint16(kernel[counts:])), order.Uint16(kernel[counts+2:])
	for ; n > 0; n, at = n-1, at+step {
		if at > uint64(len(kernel)) || len(kernel)-int(at) < size+word {
			return true
		}
		p := kernel[at:]
		from, length := number(p[place:][:word], order), number(p[size:][:word], order)
		if order.Uint32(p) == loaded && (from > uint64(len(kernel)) || length > uint64(len(kernel))-from) {
			return true
		}
	}
	return false
}

// number reads a number of four or eight bytes.
func number(b []byte, order binary.ByteOrder) uint64 {
	if len(b) == 4 {
		return uint64(order.Uint32(b))
	}
	return order.Uint64(b)
}
