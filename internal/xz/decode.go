package xz

import (
	"hash/crc32"
	"math"

	"github.com/gokmod/gokmod/internal/window"
)

// Decode decodes all streams of src into dst[:0] and returns the result, which
// shares memory with dst if its capacity sufficed and is newly allocated
// otherwise. Any byte of dst up to its capacity may be overwritten; dst must
// not overlap src.
//
// Data of more than limit bytes is an error that wraps [ErrLimit]; a limit of 0
// or less permits only files without data. On every error the result is nil.
//
// A new buffer has the size given in the indexes of src. If that is not
// plausible for the length of src, the buffer grows as data arrives. All buffers
// of a call together have at most 17/16 of the limit plus one mebibyte. Besides
// the output, a call needs 130 KB, which are kept for the next one, and 16 bytes
// for each block of a stream.
func Decode(dst, src []byte, limit int64) ([]byte, error) {
	return DecodeWindow(dst, window.Bytes(src), limit)
}

// DecodeWindow is [Decode] for a file that need not be in memory. If it cannot be
// read, the error is the window's.
func DecodeWindow(dst []byte, src *window.Window, limit int64) ([]byte, error) {
	out, err := decode(dst, src, limit)
	if src.Err() != nil {
		return nil, src.Err()
	}
	return out, err
}

func decode(dst []byte, src *window.Window, limit int64) ([]byte, error) {
	d := decoders.Get().(*decoder)
	defer d.release()
	out := newOutput(dst, limit)
	if size, err := sizeOf(src); err == nil {
		if size > out.limit {
			return nil, overLimit(0, out.limit)
		}
		out.expect(size, src.Size())
	}
	for off := 0; ; {
		var err error
		if off, err = d.stream(&out, src, off); err != nil {
			return nil, err
		}
		if off, err = padding(src, off); err != nil {
			return nil, err
		}
		if off == src.Size() {
			return out.buf, nil
		}
	}
}

// newOutput makes room in dst for at most limit bytes.
func newOutput(dst []byte, limit int64) output {
	limit = max(0, min(limit, math.MaxInt/2))
	return output{buf: dst[:0], limit: limit, most: limit}
}

// stream decodes the stream at an offset and returns the offset of its end.
func (d *decoder) stream(out *output, src *window.Window, off int) (int, error) {
	check, err := streamHeader(src.From(off, headerSize), off)
	if err != nil {
		return 0, err
	}
	if !check.supported() {
		return 0, unsupported(off+7, check.String())
	}
	off += headerSize
	d.records = d.records[:0]
	for b := src.From(off, 1); len(b) > 0 && b[0] != 0; b = src.From(off, 1) {
		if len(d.records) == maxBlocks {
			return 0, unsupported(off, "more than 262144 blocks")
		}
		if off, err = d.block(out, src, off, check); err != nil {
			return 0, err
		}
	}
	indexSize, err := d.verifyIndex(src, off)
	if err != nil {
		return 0, err
	}
	off += indexSize
	claimed, footerCheck, err := streamFooter(src.From(off, footerSize), off)
	switch {
	case err != nil:
		return 0, err
	case claimed != int64(indexSize):
		return 0, corrupt(off+4, "stream footer does not give the size of the index")
	case footerCheck != check:
		return 0, corrupt(off+8, "stream header and footer give different checks")
	}
	return off + footerSize, nil
}

// block decodes the block at an offset, adds it to the records of the stream and
// returns the offset of its end.
func (d *decoder) block(out *output, src *window.Window, off int, check Check) (int, error) {
	h, err := readBlockHeader(src.From(off, maxBlockHeader), off)
	if err != nil {
		return 0, err
	}
	data, start := off+h.size, len(out.buf)
	end, err := d.lzma2(out, src, data, &h)
	if err != nil {
		return 0, err
	}
	decoded := out.buf[start:]
	if h.compressed >= 0 && h.compressed != int64(end-data) {
		return 0, corrupt(off, "block header does not give the size of the compressed data")
	}
	if h.uncompressed >= 0 && h.uncompressed != int64(len(decoded)) {
		return 0, corrupt(off, "block header does not give the size of the data")
	}
	for i := h.nfilters - 2; i >= 0; i-- {
		h.filters[i].undo(decoded)
	}
	pad, size := pad4(end-off), check.size()
	b := src.From(end, pad+size)
	if len(b) < pad+size {
		return 0, truncated(end, "block is cut off")
	}
	if !allZero(b[:pad]) {
		return 0, corrupt(end, "block padding is not zero")
	}
	d.records = append(d.records, record{int64(end - off + size), int64(len(decoded))})
	end += pad
	if !check.verify(decoded, b[pad:pad+size]) {
		return 0, corrupt(end, check.String()+" of the data does not match")
	}
	return end + size, nil
}

// verifyIndex compares the index at an offset with the blocks of the stream and
// returns its size.
func (d *decoder) verifyIndex(src *window.Window, off int) (int, error) {
	r, err := newIndexReader(src.From(off, 1+numberBytes+len(d.records)*2*numberBytes+3+crc32.Size), off)
	if err != nil {
		return 0, err
	}
	if r.count != int64(len(d.records)) {
		return 0, corrupt(off, "index does not have as many records as there are blocks")
	}
	for _, want := range d.records {
		at := off + r.c.pos
		got, err := r.next()
		if err != nil {
			return 0, err
		}
		if got != want {
			return 0, corrupt(at, "index does not give the sizes of the block")
		}
	}
	return r.finish()
}
