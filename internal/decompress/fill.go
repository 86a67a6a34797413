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

// plausible returns how much memory to provide for content that declares to be
// of the given size, when compressed bytes claim to hold it.
func plausible(declared, limit int64, compressed int) int64 {
	return max(0, min(declared, limit, plausibleRatio*int64(compressed)+plausibleBase))
}

// share is up to which size a buffer grows by guess; beyond that it has to be of
// the size that is needed. All buffers of a guess together have a sixteenth of the
// limit then, or a mebibyte.
func share(limit int64) int64 { return max(limit/32, 512<<10) }

// reserve returns b with room for at least size bytes in all.
func reserve(b []byte, size int64) []byte {
	if int64(cap(b)) >= size {
		return b
	}
	grown := make([]byte, len(b), size)
	copy(grown, b)
	return grown
}

// What fill returns for content above the limit, and for more than there is room for.
var (
	errLimit = errors.New("limit exceeded")
	errRoom  = errors.New("room exceeded")
)

// unpackStream appends to dst, which is empty, what the reader gives that open
// makes, up to a length of limit. compressed bytes declare to be of a size. Where
// that is not so, or too much to be believed, everything is unpacked twice: first
// to be counted.
func unpackStream(dst []byte, declared, limit int64, compressed int, open func() io.Reader) ([]byte, error) {
	room := plausible(declared, limit, compressed)
	if room > int64(cap(dst)) && room > share(limit) {
		return unpackCounted(dst, 0, open(), limit, open)
	}
	r := open()
	dst, err := fill(reserve(dst, room), r, limit)
	if err == errRoom {
		return unpackCounted(dst, int64(len(dst))+1, r, limit, open)
	}
	return dst, err
}

// errChanged: the second time a file holds more than the first time.
var errChanged = errors.New("the file changes while it is read")

// unpackCounted counts what r has behind the bytes that were read from it, and then
// unpacks all.
func unpackCounted(dst []byte, had int64, r io.Reader, limit int64, open func() io.Reader) ([]byte, error) {
	rest, err := count(r, limit-had)
	if err != nil {
		return dst, err
	}
	dst, err = fill(reserve(dst[:0], had+rest), open(), had+rest)
	if err == errLimit || err == errRoom {
		err = errChanged
	}
	return dst, err
}

// count tells how many bytes r has, errLimit if there are more than most.
func count(r io.Reader, most int64) (n int64, err error) {
	b := make([]byte, plausibleBase)
	for err == nil {
		var got int
		got, err = r.Read(b)
		if n += int64(got); n > most {
			return n, errLimit
		}
	}
	return n, ignoreEOF(err)
}

// fill appends what r has to dst, up to a length of limit. It returns errLimit
// when there is more, errRoom when that would take more than guessing permits, and
// any error of r but io.EOF. The last byte of room is never followed by more room
// before it is known that there is more data, so that an exact reservation is not
// doubled; a byte that was read to know is lost with errRoom.
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
			larger := min(limit, max(2*int64(cap(dst)), plausibleBase))
			if larger > share(limit) {
				return dst, errRoom
			}
			dst = append(reserve(dst, larger), probe[0])
		}
		if err != nil {
			return dst, ignoreEOF(err)
		}
	}
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
