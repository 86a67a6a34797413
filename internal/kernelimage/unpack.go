// Package kernelimage unpacks the images that boot loaders load: a program that
// unpacks the kernel it contains, or a kernel that is compressed as a whole.
//
// The headers of a bzImage (x86) and of an EFI zboot image (arm64, loong64,
// riscv) say where the packed kernel is. Other images (arm, mips, s390x) have
// it at an unknown offset, and it is found by its magic number.
package kernelimage

import (
	"errors"

	"github.com/gokmod/gokmod/internal/decompress"
)

// ErrUnknown means that an image is not a kernel, and contains none in a
// supported format.
var ErrUnknown = errors.New("it is neither a kernel nor an image that contains one in a supported format")

// Unpack returns the kernel within an image, of at most limit bytes. An image
// that is not packed is returned unchanged, whatever its size.
//
// Intermediate data counts too: all buffers in use at a time have 1.1 times limit
// bytes together, and some megabytes for decoders; a kernel that is not packed to less
// than a sixteenth takes no more than sixteen times the image. All bytes read and written
// in failed tries, to find a packed kernel at an unknown offset, are at most four times
// the size of the image and 64 MiB more than one try, which reads the rest of the image
// and writes as much as the limit.
//
// The error is ErrUnknown or a *PackedError.
func Unpack(data []byte, limit int64) ([]byte, error) {
	switch {
	case IsBZImage(data):
		return unpackBZImage(data, limit)
	case IsZboot(data):
		return unpackZboot(data, limit)
	}
	if codec := decompress.Detect(data); codec != decompress.None {
		content, err := unpackWhole(data, limit)
		if err != nil {
			return nil, &PackedError{codec.String(), err}
		}
		data, limit = content, limit-int64(len(content))
	}
	if isKernel(data) {
		return data, nil
	}
	return newSearch(data, limit).kernel()
}

// unpackWhole unpacks an image that begins with packed data. A kernel's data may
// be followed by something else, such as a device tree. If the data is in several
// parts, the first one is unpacked twice.
func unpackWhole(data []byte, limit int64) ([]byte, error) {
	size, _ := decompress.Size(data)
	part, err := decompress.Prefix(room(size, limit, data), data, limit)
	switch {
	case errors.Is(err, decompress.ErrTooLarge):
		return nil, err
	case err == nil && part.Size == len(data):
		return part.Content, nil
	case err == nil && isKernel(part.Content) && decompress.Detect(data[part.Size:]) != decompress.Detect(data):
		return part.Content, nil
	}
	return decompress.Bytes(part.Content, data, spare(part.Content, limit))
}

// Bounds for memory that is allocated because an image claims its size: multiples
// of the packed size. Decoders of zstd need some more after the content.
const (
	plausibleRatio = 16
	decoderRoom    = 128 << 10
)

// room allocates memory for packed data that states its size.
func room(size, limit int64, packed []byte) []byte {
	if size = min(size, limit, plausibleRatio*int64(len(packed))); size <= 0 {
		return nil
	}
	return make([]byte, 0, size+decoderRoom)
}

// prefix unpacks the packed data at the start of an image, as [decompress.Prefix] does,
// with less memory if it has no more content than is plausible: decoders that do not know
// the size take room for as much as is allowed. It returns what a failed try cost besides.
func prefix(buf, packed []byte, limit int64) (part decompress.Part, failed int64, err error) {
	if most := plausibleRatio * int64(len(packed)); most < spare(buf, limit) {
		part, err = decompress.Prefix(buf, packed, most)
		if !errors.Is(err, decompress.ErrTooLarge) {
			return part, 0, err
		}
		failed = int64(len(part.Content) + part.Size)
	}
	part, err = decompress.Prefix(buf, packed, spare(buf, limit))
	return part, failed, err
}

// spare is the limit for unpacking into buf, or into a new buffer beside it: both
// together stay within the limit.
func spare(buf []byte, limit int64) int64 {
	return min(limit, max(int64(cap(buf)), limit-int64(cap(buf))))
}
