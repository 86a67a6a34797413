package decompress

import (
	"errors"
	"io"
	"math"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/window"
)

// DefaultLimit is a limit for callers without one of their own, in bytes. The
// largest module of any distribution has some 30 MB, and 300 MB with its debug
// information; a machine that loads modules has more memory than that.
const DefaultLimit = 512 << 20

// Bytes returns the content of src, a whole file in any of the formats. The
// result uses dst's memory if its capacity suffices, otherwise new memory; the
// contents of dst are overwritten, and dst must not overlap src.
//
// Data in none of the formats is returned as it is: Bytes returns src itself,
// without a copy.
//
// Content of more than limit bytes is an error that wraps ErrTooLarge; a
// negative limit counts as zero. On an error the result is nil. All errors are
// of type *Error.
func Bytes(dst, src []byte, limit int64) ([]byte, error) {
	return unpack(dst, window.Bytes(src), limit)
}

// File is [Bytes] for a file with a stated size in bytes. If it has random access
// (io.ReaderAt), a part at a time is in memory, except for zstd data. Data in none of
// the formats is copied. An error of the reader is returned unchanged.
//
// zstd data of more bytes than a sixteenth of the limit, or 16 MiB, leaves that
// much less for the content.
func File(dst []byte, f io.Reader, size, limit int64) ([]byte, error) {
	limit = max(limit, 0)
	if size > min(limit, math.MaxInt) {
		return nil, tooLarge(None, limit)
	}
	if r, ok := f.(io.ReaderAt); ok && size > 0 {
		return fileAt(dst, r, size, limit)
	}
	packed, err := openfile.ReadAll(nil, f, size, limit)
	if errors.Is(err, openfile.ErrTooLarge) {
		err = tooLarge(None, limit)
	}
	if err != nil {
		return nil, err
	}
	return Bytes(dst, packed, limit)
}

// fileAt is File for a file with random access. A file that ends before its size
// is corrupt.
func fileAt(dst []byte, r io.ReaderAt, size, limit int64) ([]byte, error) {
	w := window.New(r, int(size))
	defer w.Close()
	out, err := unpack(dst, w, limit)
	switch {
	case w.Err() != nil:
		return nil, w.Err()
	case err == nil && int64(w.Size()) < size:
		return nil, corrupt(Detect(w.From(0, MagicSize)), io.ErrUnexpectedEOF)
	}
	return out, err
}

func unpack(dst []byte, src *window.Window, limit int64) ([]byte, error) {
	codec := Detect(src.From(0, MagicSize))
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
	case None:
		if int64(src.Size()) > limit {
			err = tooLarge(codec, limit)
		} else {
			out = src.All(dst)
		}
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}
