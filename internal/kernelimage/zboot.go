package kernelimage

import (
	"bytes"
	"encoding/binary"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/plain"
)

// The header of an EFI zboot image:
//
//	offset size
//	  0x00    2  "MZ"
//	  0x04    4  "zimg"
//	  0x08    4  offset of the packed kernel, little-endian, as is the next one
//	  0x0c    4  its length
//	  0x18   32  its format, a NUL-terminated string
const (
	offZbootMagic  = 0x04
	offZbootOffset = 0x08
	offZbootLength = 0x0c
	offZbootCodec  = 0x18
	zbootEnd       = 0x38
)

// IsZboot reports whether data begins like an EFI program that unpacks a kernel.
func IsZboot(data []byte) bool {
	return len(data) >= zbootEnd && string(data[:2]) == "MZ" && string(data[offZbootMagic:offZbootMagic+4]) == "zimg"
}

func unpackZboot(data []byte, limit int64) ([]byte, error) {
	name, _, _ := bytes.Cut(data[offZbootCodec:zbootEnd], []byte{0})
	start := uint64(binary.LittleEndian.Uint32(data[offZbootOffset:]))
	size := uint64(binary.LittleEndian.Uint32(data[offZbootLength:]))
	if start+size > uint64(len(data)) {
		return nil, &PackedError{plain.Line(string(name)), errCut}
	}
	packed := data[start : start+size]
	if decompress.Detect(packed) == decompress.None {
		return nil, unknownPayload(packed, plain.Line(string(name)))
	}
	part, _, err := prefix(nil, packed, limit) // some builds count the size that follows
	if err != nil {
		return nil, &PackedError{decompress.Detect(packed).String(), err}
	}
	return part.Content, nil
}
