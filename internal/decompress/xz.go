package decompress

import (
	"errors"

	"github.com/gokmod/gokmod/internal/xz"
)

// unxz decodes all streams of src into dst.
func unxz(dst, src []byte, limit int64) ([]byte, error) {
	out, err := xz.Decode(dst, src, limit)
	switch {
	case err == nil:
		return out, nil
	case errors.Is(err, xz.ErrLimit):
		return nil, tooLarge(XZ, limit)
	case errors.Is(err, xz.ErrUnsupported):
		return nil, unsupported(XZ, err)
	}
	return nil, corrupt(XZ, err)
}
