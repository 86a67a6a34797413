package modtest

import "encoding/binary"

// BZImage makes the outline of a kernel image around a packed kernel; package
// kernelimage has the layout.
func BZImage(packed []byte) []byte {
	const sects, skip = 3, 40
	data := make([]byte, (sects+1)*512+skip)
	data[0x1f1] = sects
	copy(data[0x202:], "HdrS")
	binary.LittleEndian.PutUint16(data[0x206:], 0x20f)
	binary.LittleEndian.PutUint32(data[0x248:], skip)
	binary.LittleEndian.PutUint32(data[0x24c:], uint32(len(packed)+4))
	data = append(data, packed...)
	return append(data, "sizetail"...)
}
