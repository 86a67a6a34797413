package xz

import "encoding/binary"

// undoRISCV reverts the filter for RISC-V. It changes two things, at any even
// position: JAL whose result goes to x1 or x5, and AUIPC together with the
// instruction after it.
func undoRISCV(data []byte, start uint32) {
	for i := 0; i+8 <= len(data); {
		switch {
		case data[i] == 0xEF && data[i+1]&0x0D == 0:
			undoJAL(data[i:], start+uint32(i))
			i += 4
		case data[i]&0x7F == 0x17:
			i += undoAUIPC(data[i:], start+uint32(i))
		default:
			i += 2
		}
	}
}

// undoJAL restores a JAL. The filter put bits 1 to 20 of the target in order,
// highest first, after the first 12 bits of the instruction; in the original,
// bits 12 to 19 come first, then 11, 1 to 10 and 20.
func undoJAL(b []byte, pc uint32) {
	target := uint32(b[1]>>4)<<17 | uint32(b[2])<<9 | uint32(b[3])<<1
	d := target - pc
	code := uint32(b[0]) | uint32(b[1]&0x0F)<<8 | d>>12&0xFF<<12 | d>>11&1<<20 | d>>1&0x3FF<<21 | d>>20&1<<31
	binary.LittleEndian.PutUint32(b, code)
}

// Fields of RISC-V instructions.
const (
	riscvAUIPC = 0x17
	riscvX2    = 2 << 7     // x2 as the destination register
	riscvUpper = 0xFFFFF000 // the immediate of AUIPC
)

// undoAUIPC restores an AUIPC and the instruction that uses its result, and
// returns the number of bytes done.
//
// A changed pair is an AUIPC to x2 whose immediate holds the low 20 bits of the
// second instruction, the register in its top 5 bits, and then the target,
// big-endian. A pair that looked like that originally was changed into one that
// looks like an ordinary pair.
func undoAUIPC(b []byte, pc uint32) int {
	first, second := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	rd := first >> 7 & 0x1F
	if rd != 0 && rd != 2 {
		if second&3 != 3 || second>>15&0x1F != rd {
			return 6
		}
		target := first&riscvUpper + second>>20
		binary.LittleEndian.PutUint32(b, riscvAUIPC|riscvX2|second<<12)
		binary.LittleEndian.PutUint32(b[4:], target)
		return 8
	}
	rs := first >> 27
	if first&0x3FFF != 3<<12|riscvX2|riscvAUIPC || rs == 0 || rs == 2 {
		return 4
	}
	distance := binary.BigEndian.Uint32(b[4:]) - pc
	// The lower 12 bits are a signed number.
	binary.LittleEndian.PutUint32(b, (distance+0x800)&riscvUpper|rs<<7|riscvAUIPC)
	binary.LittleEndian.PutUint32(b[4:], distance<<20|first>>12)
	return 8
}
