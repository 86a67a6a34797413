package decompress

import "math"

// DefaultLimit is a limit for callers without one of their own, in bytes: far
// above any kernel module, and below what most machines can hold.
const DefaultLimit = 1 << 30

// Bytes returns the content of src, a whole file in any of the formats. The
// result lies in dst's memory when its capacity suffices, and in new memory
// otherwise; what dst holds is overwritten, and dst must not overlap src.
//
// Data in none of the formats is its own content: Bytes returns src itself,
// without a copy.
//
// Content of more than limit bytes is an error that wraps ErrTooLarge; a limit
// below zero counts as zero. With an error the result is nil. All errors are
// of type *Error.
func Bytes(dst, src []byte, limit int64) ([]byte, error) {
	codec := Detect(src)
	limit = min(max(limit, 0), math.MaxInt)
	var out []byte
	var err error
	switch codec {
	case Gzip:
		out, err = gunzip(dst[:0], src, limit)
	case XZ:
		out, err = unxz(dst[:0], src, limit)
	case Zstd:
		out, err = unzstd(dst[:0], src, limit)
	case LZ4:
		out, err = unlz4(dst[:0], src, limit)
	default:
		out = src
		if int64(len(src)) > limit {
			err = tooLarge(codec, limit)
		}
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}
