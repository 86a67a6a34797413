package modfile

import (
	"errors"
	"io"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/elfmod"
)

// Unpack returns the uncompressed image of a module, given its file and the size
// that this says to have. The image lies in the memory of dst where that has room,
// whatever it holds. A file that can be read at any place ([io.ReaderAt]) is read
// in pieces. The error is that of reading, or wraps ErrFormat or ErrTooLarge.
func Unpack(dst []byte, f io.Reader, size, limit int64) ([]byte, error) {
	image, err := decompress.File(dst, f, size, limit)
	if err != nil {
		return nil, imageError(err)
	}
	return image, nil
}

// Decompress returns the uncompressed image of a module, given the contents of
// its file: packed itself when the file is not compressed. The error wraps
// ErrFormat or ErrTooLarge.
func Decompress(packed []byte, limit int64) ([]byte, error) {
	image, err := decompress.Bytes(nil, packed, limit)
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
	return target == elfmod.ErrFormat && !errors.Is(e.error, decompress.ErrTooLarge)
}
