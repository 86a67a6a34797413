package xz

import (
	"errors"

	"github.com/gokmod/gokmod/internal/window"
)

// DecodePrefix is [Decode] for the one stream at the start of src, whatever
// follows it; size is where it ends. On an error, size is how much of src was
// read at least, and data what was decoded until then: callers that try many
// places need to know what that cost, and can reuse the memory.
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
