package modtest

import "encoding/binary"

// Zboot makes the outline of an EFI zboot image around a packed kernel, which it
// says is packed in that way; package kernelimage has the layout.
func Zboot(how string, packed []byte) []byte {
	const start = 0x200
	data := make([]byte, start)
	copy(data, "MZ\x00\x00zimg")
	binary.LittleEndian.PutUint32(data[0x08:], start)
	binary.LittleEndian.PutUint32(data[0x0c:], uint32(len(packed)))
	copy(data[0x18:0x37], how)
	return append(append(data, packed...), "tail"...)
}
