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
		data = content
	}
	if isKernel(data) {
		return data, nil
	}
	return searchKernel(data, limit)
}

// unpackWhole unpacks an image that begins with packed data. Behind that of a
// kernel there may be something else, such as a device tree.
func unpackWhole(data []byte, limit int64) ([]byte, error) {
	content, err := decompress.Bytes(nil, data, limit)
	if err == nil {
		return content, nil
	}
	if part, failed := decompress.Prefix(nil, data, limit); failed == nil && isKernel(part.Content) {
		return part.Content, nil
	}
	return nil, err
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
