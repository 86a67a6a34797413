package xz

import (
	"encoding/binary"
	"math/bits"
)

// undoX86 reverts the x86 BCJ filter in place. The filter replaces the relative
// target of the instructions CALL (E8) and JMP (E9) with an absolute one. start
// is the address of data[0].
//
// An opcode byte counts as an instruction only if the top byte of its target is
// 00 or FF and the three bytes before it do not look like the start of an
// instruction themselves. recent remembers those: bit k stands for an opcode
// byte k+1 positions back that was left alone.
func undoX86(data []byte, start uint32) {
	recent := uint32(0)
	for i := 0; i+5 <= len(data); {
		if data[i]&0xFE != 0xE8 {
			recent = recent << 1 & 7
			i++
			continue
		}
		operand := data[i+1 : i+5]
		if !signByte(operand[3]) || !trusted(recent, operand) {
			recent = (recent<<1 | 1) & 7
			i++
			continue
		}
		next := start + uint32(i) + 5
		target := relative(binary.LittleEndian.Uint32(operand), next, recent)
		binary.LittleEndian.PutUint32(operand, target)
		recent = 0
		i += 5
	}
}

// signByte reports whether b can be the top byte of a small signed number.
func signByte(b byte) bool { return b == 0x00 || b == 0xFF }

// trusted reports whether an operand belongs to an instruction, given the
// opcode bytes before it: at most one, whose own top byte must not look like
// the top byte of a target.
func trusted(recent uint32, operand []byte) bool {
	if recent == 0 {
		return true
	}
	return recent&(recent-1) == 0 && !signByte(operand[3-bits.Len32(recent)])
}

// relative turns the absolute target back into the distance from next, as a
// 25-bit signed number.
func relative(target, next, recent uint32) uint32 {
	v := target - next
	if recent != 0 {
		// The encoder made sure that the byte which decides whether an earlier
		// opcode is trusted does not become a sign byte.
		shift := 32 - 8*uint32(bits.Len32(recent))
		if signByte(byte(v >> (shift - 8))) {
			v = (v ^ (1<<shift - 1)) - next
		}
	}
	return v&0x01FFFFFF | -(v>>24&1)<<24
}
