package modtest

import "encoding/binary"

// Zboot makes a minimal EFI zboot image with a packed kernel, in the format that
// it names; package kernelimage describes the layout.
func Zboot(how string, packed []byte) []byte {
	const start = 0x200
	data := make([]byte, start)
	copy(data, "MZ\x00\x00zimg")
	binary.LittleEndian.PutUint32(data[0x08:], start)
	binary.LittleEndian.PutUint32(data[0x0c:], uint32(len(packed)))
	copy(data[0x18:0x37], how)
	return append(append(data, packed...), "tail"...)
}
