package xz

import (
	"errors"

	"github.com/gokmod/gokmod/internal/window"
)

// DecodePrefix is [Decode] for the one stream that src begins with, whatever
// stands behind it; size is where it ends. With an error, size is how much of
// src was read at least, and the result what it gave until then: callers that
// try many places need to know what that cost, and can use the memory again.
func DecodePrefix(dst, src []byte, limit int64) (data []byte, size int, err error) {
	d := decoders.Get().(*decoder)
	defer d.release()
	out := newOutput(dst, limit)
	size, err = d.stream(&out, window.Bytes(src), 0)
	var failed *Error
	if errors.As(err, &failed) {
		size = int(failed.Offset)
	}
	return out.buf, size, err
}
