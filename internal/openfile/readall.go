package openfile

import (
	"errors"
	"fmt"
	"io"
)

// ErrTooLarge means that a file has more bytes than are read.
var ErrTooLarge = errors.New("the file is too large")

// Bounds for the memory that is taken before anything is read: a file may say
// nothing of its size, as those of /proc, and an archive may lie.
const (
	least = 512
	most  = 32 << 20
)

// ReadAll reads a whole file of at most limit bytes, into the memory of b if that
// has room. size is what the file says it has; it may change meanwhile. A file
// that has more than limit bytes is an error, never one that is cut off.
//
// Memory for more than 32 MiB is taken when so much was read, and all at once.
func ReadAll(b []byte, r io.Reader, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, tooLarge(limit)
	}
	b = b[:0]
	if int64(cap(b)) <= size {
		b = make([]byte, 0, min(max(size+1, least), most)) // the end shows in a read that gives nothing
	}
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > limit:
			return nil, tooLarge(limit)
		case err == io.EOF:
			return b, nil
		case err != nil:
			return nil, Cause(err)
		case len(b) == cap(b) && int64(len(b)) <= size: // it has told the truth so far
			b = append(make([]byte, 0, size+1), b...)
		case len(b) == cap(b):
			b = append(b, 0)[:len(b)]
		}
	}
}

func tooLarge(limit int64) error {
	return fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, limit)
}
