package kernelimage

import (
	"encoding/binary"
	"errors"

	"github.com/gokmod/gokmod/internal/decompress"
)

// The fields of the bzImage header that are used here, as described in the
// kernel's Documentation/arch/x86/boot.rst:
//
//	offset size
//	 0x1f1    1  sectors of 512 bytes before the program, less the first
//	 0x202    4  "HdrS"
//	 0x206    2  version, 0x208 and later have what follows
//	 0x248    4  offset of the packed kernel from the start of the program
//	 0x24c    4  its length, with the four bytes for the unpacked size behind it
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

// IsBZImage reports whether data begins like a bzImage.
func IsBZImage(data []byte) bool {
	return len(data) >= headerEnd && string(data[offMagic:offMagic+4]) == "HdrS"
}

func unpackBZImage(data []byte, limit int64) ([]byte, error) {
	packed, err := payload(data)
	if err != nil {
		return nil, &PackedError{"", err}
	}
	codec := decompress.Detect(packed)
	if codec == decompress.None {
		return nil, unknownPayload(packed, "")
	}
	size := int64(binary.LittleEndian.Uint32(packed[len(packed)-sizeLen:]))
	if codec != decompress.Gzip { // which includes the size
		packed = packed[:len(packed)-sizeLen]
	}
	kernel, err := unpackStated(packed, size, limit)
	if err != nil {
		return nil, &PackedError{codec.String(), err}
	}
	return kernel, nil
}

// unpackStated unpacks a kernel whose size the image states. There may be more of it.
func unpackStated(packed []byte, size, limit int64) ([]byte, error) {
	if size <= 0 || size >= limit {
		return decompress.Bytes(room(size, limit, packed), packed, limit)
	}
	buf := room(size+decoderRoom, limit, packed) // zstd needs it twice where it does not know the size
	kernel, err := decompress.Bytes(buf, packed, size)
	if !errors.Is(err, decompress.ErrTooLarge) {
		return kernel, err
	}
	return decompress.Bytes(buf, packed, spare(buf, limit))
}

// payload returns the packed kernel within a bzImage, including what the build
// appends to it.
func payload(data []byte) ([]byte, error) {
	if v := binary.LittleEndian.Uint16(data[offVersion:]); v < payloadVersion {
		return nil, errors.New("the header's boot protocol is too old to say where the packed kernel is")
	}
	sects := uint64(data[offSetupSects])
	if sects == 0 {
		sects = 4
	}
	start := (sects+1)*sectorSize + uint64(binary.LittleEndian.Uint32(data[offPayloadOffset:]))
	size := uint64(binary.LittleEndian.Uint32(data[offPayloadLength:]))
	if size < sizeLen || start+size > uint64(len(data)) {
		return nil, errCut
	}
	return data[start : start+size], nil
}

// errCut means that, by the header, the packed kernel extends beyond the image.
var errCut = errors.New("the image ends within the packed kernel")
