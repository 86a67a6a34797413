package decompress

import (
	"compress/gzip"
	"io"
	"sync"

	"github.com/gokmod/gokmod/internal/window"
)

// gzipDecoder reads gzip members.
type gzipDecoder struct {
	src    *window.Window
	input  window.Reader
	member gzip.Reader
	inside bool // within a member
	alone  bool // anything may follow the first member
}

var gzipDecoders = sync.Pool{New: func() any { return new(gzipDecoder) }}

func newGzipDecoder(src *window.Window, alone bool) *gzipDecoder {
	d := gzipDecoders.Get().(*gzipDecoder)
	d.src, d.alone = src, alone
	return d
}

// release forgets the input and returns the decoder to the pool.
func (d *gzipDecoder) release() {
	d.src, d.input = nil, window.Reader{}
	gzipDecoders.Put(d)
}

// open starts from the beginning.
func (d *gzipDecoder) open() io.Reader {
	d.input.Reset(d.src)
	d.inside = false
	return d
}

// Read reads from the current member and those that follow it.
func (d *gzipDecoder) Read(b []byte) (int, error) {
	for {
		if !d.inside {
			if err := d.member.Reset(&d.input); err != nil {
				return 0, corrupt(Gzip, err)
			}
			d.member.Multistream(false)
			d.inside = true
		}
		n, err := d.member.Read(b)
		switch {
		case err == io.EOF && !d.alone:
			err = d.behind()
		case err != nil && err != io.EOF:
			err = corrupt(Gzip, err)
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// behind examines what follows a member: another one (nil), or zeros to the end of
// the file (io.EOF).
func (d *gzipDecoder) behind() error {
	d.inside = false
	at := d.input.Pos()
	if allZero(d.src, at) {
		return io.EOF
	}
	if Detect(d.input.Peek(MagicSize)) != Gzip {
		return trailing(Gzip, at)
	}
	return nil
}

// gunzip appends the content of all members of src to dst.
func gunzip(dst []byte, src *window.Window, limit int64) ([]byte, error) {
	d := newGzipDecoder(src, false)
	defer d.release()
	return d.unpack(dst, limit)
}

func (d *gzipDecoder) unpack(dst []byte, limit int64) ([]byte, error) {
	var declared int64
	if !d.alone {
		declared, _ = gzipSize(d.src)
	}
	out, err := unpackStream(dst, declared, limit, d.src.Size(), d.open)
	switch err {
	case nil:
		return out, nil
	case errLimit:
		err = tooLarge(Gzip, limit)
	case errChanged:
		err = corrupt(Gzip, err)
	}
	return out, err
}

// allZero reports whether there are only zero bytes, or none, from an offset on.
func allZero(src *window.Window, at int) bool {
	for b := src.From(at, 1); len(b) > 0; b = src.From(at, 1) {
		for _, c := range b {
			if c != 0 {
				return false
			}
		}
		at += len(b)
	}
	return true
}
