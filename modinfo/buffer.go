package modinfo

import (
	"errors"
	"io"
	"sync"

	"github.com/gokmod/gokmod/internal/decompress"
)

// maxPooled is the largest buffer that is kept for the next module: a small part
// of DefaultMaxSize.
const maxPooled = 16 << 20

// buffers recycles the memory of decompressed modules: whoever reads a whole
// tree would otherwise leave gigabytes to the garbage collector.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func putBuffer(b *[]byte) {
	if cap(*b) <= maxPooled {
		buffers.Put(b)
	}
}

// inflate decompresses a file into a pooled buffer.
func inflate(r io.ReaderAt, size int64, cfg *Config) (*[]byte, error) {
	out := buffers.Get().(*[]byte)
	data, err := ReadImage(*out, io.NewSectionReader(r, 0, size), size, cfg)
	if err != nil {
		putBuffer(out)
		return nil, err
	}
	*out = data
	return out, nil
}

// ReadImage returns the uncompressed image of a module, given its file and the size
// that this says to have. The image lies in the memory of dst where that has room,
// whatever it holds. A file that can be read at any place ([io.ReaderAt]) is read
// in pieces; see [Config] for the memory. The error is that of reading, or wraps
// ErrFormat or ErrTooLarge.
func ReadImage(dst []byte, f io.Reader, size int64, cfg *Config) ([]byte, error) {
	image, err := decompress.File(dst, f, size, cfg.maxSize())
	if err != nil {
		return nil, imageError(err)
	}
	return image, nil
}

// Decompress returns the uncompressed image of a module, given the contents of
// its file: packed itself when the file is not compressed. The error wraps
// ErrFormat or ErrTooLarge.
func Decompress(packed []byte, cfg *Config) ([]byte, error) {
	image, err := decompress.Bytes(nil, packed, cfg.maxSize())
	if err != nil {
		return nil, imageError(err)
	}
	return image, nil
}

// imageError makes an error about the contents of a file one of this package.
func imageError(err error) error {
	if failed := (*decompress.Error)(nil); errors.As(err, &failed) {
		return unpackError{err}
	}
	return err
}

// unpackError is an error of decompressing; damaged data is an ErrFormat.
type unpackError struct{ error }

func (e unpackError) Unwrap() error { return e.error }

func (e unpackError) Is(target error) bool {
	return target == ErrFormat && !errors.Is(e.error, ErrTooLarge)
}
