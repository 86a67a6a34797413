package openfile

import (
	"errors"
	"fmt"
	"io"
)

// ErrTooLarge means that a file has more bytes than allowed.
var ErrTooLarge = errors.New("the file is too large")

// Bounds for memory that is allocated before anything is read: a file may not
// state its size, as those of /proc, and an archive may lie.
const (
	least = 512
	most  = 32 << 20
)

// ReadAll reads a whole file of at most limit bytes, into the memory of b if that
// has room. size is the stated size of the file; it may change meanwhile. A file
// of more than limit bytes is an error, never cut off.
//
// Memory beyond 32 MiB is allocated only once that much was read, and then all
// at once.
func ReadAll(b []byte, r io.Reader, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, tooLarge(limit)
	}
	b = b[:0]
	if int64(cap(b)) <= size {
		b = make([]byte, 0, min(max(size+1, least), most)) // a read that returns nothing shows the end
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
		case len(b) == cap(b) && int64(len(b)) <= size: // the size has been right so far
			b = append(make([]byte, 0, size+1), b...)
		case len(b) == cap(b):
			b = append(b, 0)[:len(b)]
		}
	}
}

func tooLarge(limit int64) error {
	return fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, limit)
}
