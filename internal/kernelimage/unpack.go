// Package kernelimage unpacks the images that boot loaders take.
//
// A bzImage is a program that unpacks a kernel that it carries. The fields of
// its header are those of Documentation/arch/x86/boot.rst of the kernel:
//
//	offset size
//	 0x1f1    1  sectors of 512 bytes before the program, less the first
//	 0x202    4  "HdrS"
//	 0x206    2  version, 0x208 and later have what follows
//	 0x248    4  offset of the packed kernel from the start of the program
//	 0x24c    4  its length, with the four bytes for the unpacked size behind it
package kernelimage

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/gokmod/gokmod/internal/decompress"
)

const (
	offSetupSects    = 0x1f1
	offMagic         = 0x202
	offVersion       = 0x206
	offPayloadOffset = 0x248
	offPayloadLength = 0x24c
	headerEnd        = 0x250

	payloadVersion = 0x208
	sectorSize     = 512
	sizeLen        = 4
)

// IsBZImage reports whether data begins as a bzImage.
func IsBZImage(data []byte) bool {
	return len(data) >= headerEnd && string(data[offMagic:offMagic+4]) == "HdrS"
}

// Unpack returns the kernel within an image of at most limit bytes: that of a
// bzImage, or of a file that is compressed as a whole. An image that is neither
// is returned as it is.
func Unpack(data []byte, limit int64) ([]byte, error) {
	if IsBZImage(data) {
		var err error
		if data, err = payload(data); err != nil {
			return nil, err
		}
		if decompress.Detect(data) == decompress.None {
			return nil, errors.New("the kernel image is packed in an unknown way")
		}
	}
	return decompress.Bytes(nil, data, limit)
}

// payload returns the packed kernel within a bzImage.
func payload(data []byte) ([]byte, error) {
	if v := binary.LittleEndian.Uint16(data[offVersion:]); v < payloadVersion {
		return nil, fmt.Errorf("boot protocol %#x names no payload", v)
	}
	sects := uint64(data[offSetupSects])
	if sects == 0 {
		sects = 4
	}
	start := (sects+1)*sectorSize + uint64(binary.LittleEndian.Uint32(data[offPayloadOffset:]))
	size := uint64(binary.LittleEndian.Uint32(data[offPayloadLength:]))
	if size < sizeLen || start+size > uint64(len(data)) {
		return nil, errors.New("the kernel image ends within its payload")
	}
	packed := data[start : start+size]
	if decompress.Detect(packed) != decompress.Gzip {
		packed = packed[:size-sizeLen]
	}
	return packed, nil
}
