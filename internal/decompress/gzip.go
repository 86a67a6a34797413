package decompress

import (
	"bytes"
	"compress/gzip"
	"sync"
)

// gzipDecoder is a reader of gzip members and its input.
type gzipDecoder struct {
	input  bytes.Reader
	member gzip.Reader
}

var gzipDecoders = sync.Pool{New: func() any { return new(gzipDecoder) }}

// release forgets the input and gives the decoder back to the pool.
func (d *gzipDecoder) release() {
	d.input.Reset(nil)
	gzipDecoders.Put(d)
}

// gunzip appends the content of all members of src to dst.
func gunzip(dst, src []byte, limit int64) ([]byte, error) {
	d := gzipDecoders.Get().(*gzipDecoder)
	defer d.release()
	if declared, known := gzipSize(src); known {
		dst = reserve(dst, plausible(declared, limit, len(src)))
	}
	d.input.Reset(src)
	for {
		var err error
		if dst, err = d.next(dst, limit); err == errLimit {
			return nil, tooLarge(Gzip, limit)
		} else if err != nil {
			return nil, corrupt(Gzip, err)
		}
		rest := src[len(src)-d.input.Len():]
		if allZero(rest) {
			return dst, nil
		}
		if Detect(rest) != Gzip {
			return nil, trailing(Gzip, len(src)-len(rest))
		}
	}
}

// next appends the content of the member at the input's position to dst.
func (d *gzipDecoder) next(dst []byte, limit int64) ([]byte, error) {
	if err := d.member.Reset(&d.input); err != nil {
		return dst, err
	}
	d.member.Multistream(false)
	return fill(dst, &d.member, limit)
}

// allZero reports whether b is empty or has zero bytes only.
func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
