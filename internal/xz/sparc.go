package xz

import "encoding/binary"

// undoSPARC reverts the filter for SPARC, big-endian: CALL, 01 in its top bits,
// has the distance in words in the other 30. The filter changes only distances
// whose top eight bits are copies of the sign, and works on 23-bit numbers.
func undoSPARC(data []byte, start uint32) {
	const call, mask, sign = 1 << 30, 1<<30 - 1, 1 << 22
	for i := 0; i+4 <= len(data); i += 4 {
		code := binary.BigEndian.Uint32(data[i:])
		if top := code >> 22; top != 0x100 && top != 0x1FF {
			continue
		}
		distance := (code - (start+uint32(i))>>2) & (2*sign - 1)
		if distance&sign != 0 {
			distance |= mask &^ (2*sign - 1)
		}
		binary.BigEndian.PutUint32(data[i:], call|distance)
	}
}
