package kernelimage

import (
	"bytes"
	"errors"
	"fmt"
)

// PackedError means that an image contains a packed kernel that cannot be
// unpacked.
type PackedError struct {
	// How the kernel is packed, such as "xz", "" if that is unknown.
	How string
	Err error
}

func (e *PackedError) Error() string {
	if e.How == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("the kernel in it is packed with %s: %v", e.How, e.Err)
}

func (e *PackedError) Unwrap() error { return e.Err }

// errFormat is the error for a packed kernel in an unsupported format.
var errFormat error = formatError{}

type formatError struct{}

func (formatError) Error() string { return "the format of the packed kernel is not supported" }
func (formatError) Unwrap() error { return errors.ErrUnsupported }

// otherFormats are unsupported formats of packed kernels, with the bytes that
// their data begins with: as many as possible, to be recognized anywhere.
var otherFormats = []struct{ how, magic string }{
	{"bzip2", "BZh91AY&SY"},
	{"lzo", "\x89LZO\x00\x0d\x0a\x1a\x0a"},
	{"lzma", "\x5d\x00\x00\x00\x04\xff\xff\xff\xff\xff\xff\xff\xff"}, // with dictionaries of 64, 32 and 8 MiB
	{"lzma", "\x5d\x00\x00\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff"},
	{"lzma", "\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff"},
}

// unknownPayload is the error for a packed kernel in none of the supported
// formats. The image may name its format.
func unknownPayload(packed []byte, how string) error {
	for _, f := range otherFormats {
		if how == "" && bytes.HasPrefix(packed, []byte(f.magic)) {
			how = f.how
		}
	}
	return &PackedError{how, errFormat}
}
