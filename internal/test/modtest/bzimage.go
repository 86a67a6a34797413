package modtest

import (
	"bytes"
	"encoding/binary"
)

// BZImage makes a minimal bzImage with a packed 64-bit kernel; package kernelimage
// describes the layout.
func BZImage(packed []byte) []byte {
	const sects, skip = 3, 40
	data := make([]byte, (sects+1)*512+skip)
	data[0x1f1] = sects
	copy(data[0x202:], "HdrS")
	binary.LittleEndian.PutUint16(data[0x206:], 0x20f)
	data[0x236] = 1 // 64-bit
	binary.LittleEndian.PutUint32(data[0x248:], skip)
	data = append(data, packed...)
	if !bytes.HasPrefix(packed, []byte("\x1f\x8b")) { // gzip includes the size
		data = append(data, "size"...)
	}
	binary.LittleEndian.PutUint32(data[0x24c:], uint32(len(data)-(sects+1)*512-skip))
	return append(data, "tail"...)
}
