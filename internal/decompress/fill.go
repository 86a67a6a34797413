package decompress

import (
	"errors"
	"io"
)

const (
	// plausibleRatio and plausibleBase bound what is allocated before any data
	// was decoded: a multiple of the compressed size, plus the base. Modules
	// compress to between a half and a tenth.
	plausibleRatio = 16
	plausibleBase  = 64 << 10
)

// plausible returns how much memory to allocate for content with the declared
// size, given its compressed size.
func plausible(declared, limit int64, compressed int) int64 {
	return max(0, min(declared, limit, plausibleRatio*int64(compressed)+plausibleBase))
}

// share is the size up to which a buffer grows by guesses; beyond that it must
// have the exact size. All buffers of a guess together then have a sixteenth of
// the limit, or one mebibyte.
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

// The results of fill for content above the limit, and above the room for guesses.
var (
	errLimit = errors.New("limit exceeded")
	errRoom  = errors.New("room exceeded")
)

// unpackStream appends to dst, which is empty, the output of the reader that open
// makes, up to a length of limit. compressed is the size of the compressed data.
// If the declared size is wrong, or too large to be believed, everything is
// unpacked twice: first to count it.
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

// errChanged means that a file's content was larger the second time.
var errChanged = errors.New("the file changes while it is read")

// unpackCounted counts what r has after the bytes that were already read from it,
// and then unpacks everything.
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

// count returns how many bytes r has, or errLimit if there are more than most.
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

// fill appends the output of r to dst, up to a length of limit. It returns
// errLimit if there is more, errRoom if that would take more than guesses permit,
// and any error of r but io.EOF. When the room is used up, it grows only once
// there is known to be more data, so that an exact reservation is not doubled; the
// byte read to find out is lost with errRoom.
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
