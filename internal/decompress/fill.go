package decompress

import (
	"errors"
	"io"
)

const (
	// plausibleRatio and plausibleBase bound what is allocated before any
	// data was decoded: so many times the compressed size, plus the base.
	// Modules shrink to between a half and a tenth.
	plausibleRatio = 16
	plausibleBase  = 64 << 10
)

// errLimit is what fill returns for content above the limit.
var errLimit = errors.New("limit exceeded")

// plausible returns how much memory to provide for content that declares to be
// of the given size, when compressed bytes claim to hold it.
func plausible(declared, limit int64, compressed int) int64 {
	return max(0, min(declared, limit, plausibleRatio*int64(compressed)+plausibleBase))
}

// reserve returns b with room for at least size bytes in all.
func reserve(b []byte, size int64) []byte {
	if int64(cap(b)) >= size {
		return b
	}
	grown := make([]byte, len(b), size)
	copy(grown, b)
	return grown
}

// fill appends what r has to dst, up to a length of limit. It returns errLimit
// when there is more, and any error of r but io.EOF. The last byte of room is
// never followed by more room before it is known that there is more data, so
// that an exact reservation is not doubled.
func fill(dst []byte, r io.Reader, limit int64) ([]byte, error) {
	var probe [1]byte
	for {
		room := dst[len(dst):min(int64(cap(dst)), limit)]
		if len(room) > 0 {
			n, err := r.Read(room)
			dst = dst[:len(dst)+n]
			if err != nil {
				return dst, ignoreEOF(err)
			}
			continue
		}
		n, err := r.Read(probe[:])
		if n > 0 {
			if int64(len(dst)) >= limit {
				return dst, errLimit
			}
			dst = append(grow(dst, limit), probe[0])
		}
		if err != nil {
			return dst, ignoreEOF(err)
		}
	}
}

// grow returns b with twice the room, but no more than limit.
func grow(b []byte, limit int64) []byte {
	return reserve(b, min(limit, max(2*int64(cap(b)), plausibleBase)))
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
