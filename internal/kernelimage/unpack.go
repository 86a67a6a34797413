// Package kernelimage unpacks the images that boot loaders take: a program that
// unpacks a kernel which it carries, or a kernel that is compressed as a whole.
//
// Where the packed kernel lies is told by the header of a bzImage (x86) and of
// an EFI zboot image (arm64, loong64, riscv). Other images (arm, mips, s390x)
// carry it somewhere, and it is found by its magic number.
package kernelimage

import (
	"bytes"
	"errors"
	"unicode"

	"github.com/gokmod/gokmod/internal/decompress"
)

// ErrUnknown: an image that is not a kernel, and holds none that is packed in a
// way known here.
var ErrUnknown = errors.New("it is not a kernel, and there is none in it that is packed in a known way")

// Unpack returns the kernel within an image, of at most limit bytes. An image
// that is not packed is returned as it is, whatever its size.
//
// What is unpacked on the way counts too: all buffers that are in use at a time
// have 1.1 times limit bytes together, and some megabytes for decoders. All that
// is read and written in vain, to find a packed kernel somewhere in an image, is at
// most four times the size of the image and 64 MiB more than one try, which reads
// the rest of the image and writes as much as the limit.
//
// The error is ErrUnknown or a *PackedError.
func Unpack(data []byte, limit int64) ([]byte, error) {
	switch {
	case IsBZImage(data):
		return unpackBZImage(data, limit)
	case isZboot(data):
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

// unpackWhole unpacks an image that begins with packed data. Behind that of a
// kernel there may be something else, such as a device tree. Where the data is in
// several parts, the first one is unpacked twice.
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

// Bounds for the memory that is taken because an image says that it holds so much:
// so many times what is packed. What decoders of zstd want behind the content is
// some more.
const (
	plausibleRatio = 16
	decoderRoom    = 128 << 10
)

// room is memory for packed data that says how much it holds.
func room(size, limit int64, packed []byte) []byte {
	if size = min(size, limit, plausibleRatio*int64(len(packed))); size <= 0 {
		return nil
	}
	return make([]byte, 0, size+decoderRoom)
}

// spare is the limit for what is unpacked into a buffer, or into a new one beside it:
// both together keep to the limit.
func spare(buf []byte, limit int64) int64 {
	return min(limit, max(int64(cap(buf)), limit-int64(cap(buf))))
}

// banner is how every kernel greets, "Linux version RELEASE (BUILDER) …". Programs
// that unpack one may have the words, to print them, but not the rest.
const banner = "Linux version "

// Release returns the release that the banner of an unpacked kernel names, "" if
// there is none.
func Release(kernel []byte) string {
	const maxRelease = 64
	for {
		at := bytes.Index(kernel, []byte(banner))
		if at < 0 {
			return ""
		}
		kernel = kernel[at+len(banner):]
		release, _, found := bytes.Cut(kernel[:min(len(kernel), maxRelease+2)], []byte(" ("))
		digit := len(release) > 0 && release[0] >= '0' && release[0] <= '9'
		if found && digit && !bytes.ContainsFunc(release, unicode.IsControl) {
			return string(release)
		}
	}
}

// isKernel reports whether data is an unpacked kernel.
func isKernel(data []byte) bool { return Release(data) != "" }
