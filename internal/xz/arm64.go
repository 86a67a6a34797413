package xz

import "encoding/binary"

// undoARM64 reverts the filter for ARM64. BL has the distance in words in its
// low 26 bits. ADRP has it in pages of 4 KiB: 21 bits, of which the low two are
// bits 29 and 30 of the instruction and the others start at bit 5.
func undoARM64(data []byte, start uint32) {
	const bl, blMask = 0x94000000, 1<<26 - 1
	for i := 0; i+4 <= len(data); i += 4 {
		code, pc := binary.LittleEndian.Uint32(data[i:]), start+uint32(i)
		switch {
		case code&^blMask == bl:
			code = bl | (code-pc>>2)&blMask
		case code&0x9F000000 == 0x90000000:
			code = relativeADRP(code, pc)
		default:
			continue
		}
		binary.LittleEndian.PutUint32(data[i:], code)
	}
}

// relativeADRP turns the absolute page in an ADRP back into a distance. The
// filter leaves distances of 512 MiB and more alone, which are rarely code: it
// works on 18-bit signed numbers, and its result has three more copies of the
// sign.
func relativeADRP(code, pc uint32) uint32 {
	const sign = 1 << 17
	page := code>>29&3 | code>>5&(1<<19-1)<<2
	if (page+sign)&(7<<18) != 0 {
		return code
	}
	page = (page - pc>>12) & (1<<18 - 1)
	if page&sign != 0 {
		page |= 7 << 18
	}
	return code&0x9000001F | page&3<<29 | page>>2<<5
}
