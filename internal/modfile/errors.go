package modfile

import (
	"errors"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/elfmod"
)

// unpackError turns an error about compressed data into one about a module: damaged
// data is an elfmod.ErrFormat.
func unpackError(err error) error {
	if err == nil {
		return nil // without an allocation for the search
	}
	if failed := (*decompress.Error)(nil); errors.As(err, &failed) {
		return contentError{err}
	}
	return err
}

// contentError is an error of decompressing.
type contentError struct{ error }

func (e contentError) Unwrap() error { return e.error }

func (e contentError) Is(target error) bool {
	return target == elfmod.ErrFormat && !errors.Is(e.error, decompress.ErrTooLarge)
}
