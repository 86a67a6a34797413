package decompress

import (
	"errors"

	"github.com/gokmod/gokmod/internal/window"
	"github.com/gokmod/gokmod/internal/xz"
)

// unxz decodes all streams of src into dst.
func unxz(dst []byte, src *window.Window, limit int64) ([]byte, error) {
	out, err := xz.DecodeWindow(dst, src, limit)
	return out, xzError(err, limit)
}

// xzError turns an error of package xz into one of this package. nil stays nil.
func xzError(err error, limit int64) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, xz.ErrLimit):
		return tooLarge(XZ, limit)
	case errors.Is(err, xz.ErrUnsupported):
		return unsupported(XZ, err)
	}
	return corrupt(XZ, err)
}
