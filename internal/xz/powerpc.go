package xz

import "encoding/binary"

// undoPowerPC reverts the filter for PowerPC, big-endian: "bl", an I-form
// branch with AA=0 and LK=1, has the distance in bytes in bits 2 to 25.
func undoPowerPC(data []byte, start uint32) {
	const bl, mask = 0x48000001, 0x03FFFFFC
	for i := 0; i+4 <= len(data); i += 4 {
		code := binary.BigEndian.Uint32(data[i:])
		if code&^mask == bl {
			binary.BigEndian.PutUint32(data[i:], bl|(code-(start+uint32(i)))&mask)
		}
	}
}
