//go:build liblzma && cgo

// Package liblzmabench decodes .xz data with the system's liblzma, for speed to compare
// with. It is built only with the tag liblzma and needs the headers of liblzma.
package liblzmabench

/*
#cgo LDFLAGS: -llzma
#include <lzma.h>
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Version is that of the library.
func Version() string { return C.GoString(C.lzma_version_string()) }

// Decode decodes a file of one stream, whose data has len(dst) bytes, into dst.
func Decode(dst, src []byte) error {
	var in, out C.size_t
	memory := C.uint64_t(1 << 62)
	ret := C.lzma_stream_buffer_decode(&memory, 0, nil,
		(*C.uint8_t)(unsafe.SliceData(src)), &in, C.size_t(len(src)),
		(*C.uint8_t)(unsafe.SliceData(dst)), &out, C.size_t(len(dst)))
	if ret != C.LZMA_OK || int(out) != len(dst) {
		return fmt.Errorf("liblzma %s: error %d after %d bytes", Version(), int(ret), int(out))
	}
	return nil
}
