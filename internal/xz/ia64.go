package xz

import "encoding/binary"

// An IA-64 bundle of 16 bytes has a template of 5 bits, which says for which
// units its instructions are, and then three instructions of 41 bits.
const (
	ia64Bundle   = 16
	ia64Template = 5
	ia64Slot     = 41
)

// ia64Branches has, for each template, the slots for the branch unit, bit 0 for
// the first one: MIB, MBB, BBB, MMB and MFB, each with and without a stop at
// its end.
var ia64Branches = [32]byte{
	0x10: 4, 0x11: 4, 0x12: 6, 0x13: 6, 0x16: 7, 0x17: 7, 0x18: 4, 0x19: 4, 0x1C: 4, 0x1D: 4,
}

// undoIA64 reverts the filter for IA-64, which changes the calls in branch slots.
func undoIA64(data []byte, start uint32) {
	for i := 0; i+ia64Bundle <= len(data); i += ia64Bundle {
		slots := ia64Branches[data[i]&0x1F]
		for slot := 0; slots != 0; slot, slots = slot+1, slots>>1 {
			if slots&1 == 0 {
				continue
			}
			bit := ia64Template + slot*ia64Slot
			// The eight bytes from the slot's first byte on contain all of it,
			// except for the last slot, which ends with the bundle.
			at := i + min(bit/8, ia64Bundle-8)
			shift := bit - (at-i)*8
			word := binary.LittleEndian.Uint64(data[at:])
			changed := relativeIA64(word>>shift, start+uint32(i))
			word = word&(1<<shift-1) | changed<<shift
			binary.LittleEndian.PutUint64(data[at:], word)
		}
	}
}

// relativeIA64 turns the target of a call (opcode 5, zeros in bits 9 to 11)
// back into a distance in bundles: 20 bits from bit 13 and the sign in bit 36.
// Bits above the 41 of an instruction are not changed.
func relativeIA64(code uint64, pc uint32) uint64 {
	const low, sign = 1<<20 - 1, 1 << 20
	if code>>37&0xF != 5 || code>>9&7 != 0 {
		return code
	}
	target := uint32(code>>13&low | code>>36&1*sign)
	distance := uint64(target - pc>>4)
	code &^= low<<13 | 1<<36
	return code | distance&low<<13 | distance&sign<<(36-20)
}
