package modinfo

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/elfmod"
)

// maxPooled is the largest buffer that is kept for the next module.
const maxPooled = 64 << 20

// buffers recycles the memory of decompressed modules: whoever reads a whole
// tree would otherwise leave gigabytes to the garbage collector.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func putBuffer(b *[]byte) {
	if cap(*b) <= maxPooled {
		buffers.Put(b)
	}
}

// inflate decompresses a whole file into a pooled buffer.
func inflate(r io.ReaderAt, size, limit int64) (*[]byte, error) {
	if size > limit {
		return nil, tooLarge(limit)
	}
	packed := buffers.Get().(*[]byte)
	defer putBuffer(packed)
	if int64(cap(*packed)) < size {
		*packed = make([]byte, size)
	}
	*packed = (*packed)[:size]
	if n, err := r.ReadAt(*packed, 0); n < len(*packed) {
		if err == nil || errors.Is(err, io.EOF) {
			err = &elfmod.FormatError{Offset: int64(n), Msg: "the file ends early"}
		}
		return nil, err
	}
	if decompress.Detect(*packed) == decompress.None {
		// Decompressing would return packed itself, which goes back to the pool.
		return nil, &elfmod.FormatError{Msg: "the file changes while it is read"}
	}
	out := buffers.Get().(*[]byte)
	data, err := decompress.Bytes(*out, *packed, limit)
	if err != nil {
		putBuffer(out)
		return nil, unpackError{err}
	}
	*out = data
	return out, nil
}

// tooLarge is the error for a file that is beyond the limit as it is.
func tooLarge(limit int64) error {
	return fmt.Errorf("%w: the file alone has more than the limit of %d bytes", ErrTooLarge, limit)
}

// Decompress returns the uncompressed image of a module, given the contents of
// its file: packed itself when the file is not compressed. The error wraps
// ErrFormat or ErrTooLarge.
func Decompress(packed []byte, cfg *Config) ([]byte, error) {
	image, err := decompress.Bytes(nil, packed, cfg.maxSize())
	if err != nil {
		return nil, unpackError{err}
	}
	return image, nil
}

// unpackError is an error of decompressing; damaged data is an ErrFormat.
type unpackError struct{ error }

func (e unpackError) Unwrap() error { return e.error }

func (e unpackError) Is(target error) bool {
	return target == ErrFormat && !errors.Is(e.error, ErrTooLarge)
}
