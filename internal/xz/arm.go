package xz

import "encoding/binary"

// undoARM reverts the filter for 32-bit ARM: an unconditional BL (EB in the top
// byte) has the distance in words in its low 24 bits, relative to the
// instruction two further on.
func undoARM(data []byte, start uint32) {
	const always, mask = 0xEB << 24, 1<<24 - 1
	for i := 0; i+4 <= len(data); i += 4 {
		code := binary.LittleEndian.Uint32(data[i:])
		if code&^mask != always {
			continue
		}
		pc := start + uint32(i) + 8
		binary.LittleEndian.PutUint32(data[i:], always|(code-pc>>2)&mask)
	}
}

// undoARMThumb reverts the filter for ARM's 16-bit instructions. A call is a
// pair of them, F000 with the upper 11 bits of the distance and F800 with the
// lower ones, in units of two bytes, relative to the address four bytes further
// on.
func undoARMThumb(data []byte, start uint32) {
	const upper, lower, mask = 0xF000, 0xF800, 1<<11 - 1
	for i := 0; i+4 <= len(data); i += 2 {
		first, second := binary.LittleEndian.Uint16(data[i:]), binary.LittleEndian.Uint16(data[i+2:])
		if first&^mask != upper || second&^mask != lower {
			continue
		}
		target := uint32(first&mask)<<11 | uint32(second&mask)
		distance := target - (start+uint32(i)+4)>>1
		binary.LittleEndian.PutUint16(data[i:], upper|uint16(distance>>11)&mask)
		binary.LittleEndian.PutUint16(data[i+2:], lower|uint16(distance)&mask)
		i += 2
	}
}
