package xz

import "math"

// Decode decodes all streams of src into dst[:0] and returns the result, which
// shares memory with dst where its capacity sufficed and is newly allocated
// otherwise. Any byte of dst up to its capacity may be overwritten; dst must
// not overlap src.
//
// Data of more than limit bytes is an error that wraps [ErrLimit]; a limit of 0
// or less permits files without data only. On every error the result is nil.
//
// The size of a new buffer is what the indexes of src say, as far as that is
// plausible for its length. Beyond the output a call needs 130 KB, which are
// kept for the next one.
func Decode(dst, src []byte, limit int64) ([]byte, error) {
	d := decoders.Get().(*decoder)
	defer d.release()
	out := output{buf: dst[:0], limit: max(0, min(limit, math.MaxInt/2))}
	if size, err := Size(src); err == nil {
		if size > out.limit {
			return nil, overLimit(0, out.limit)
		}
		out.expect(size, len(src))
	}
	for off := 0; ; {
		var err error
		if off, err = d.stream(&out, src, off); err != nil {
			return nil, err
		}
		if off, err = padding(src, off); err != nil {
			return nil, err
		}
		if off == len(src) {
			return out.buf, nil
		}
	}
}

// stream decodes the stream at src[off:] and returns the offset of its end.
func (d *decoder) stream(out *output, src []byte, off int) (int, error) {
	check, err := streamHeader(src, off)
	if err != nil {
		return 0, err
	}
	if !check.supported() {
		return 0, unsupported(off+7, check.String())
	}
	off += headerSize
	d.records = d.records[:0]
	for off < len(src) && src[off] != 0 {
		if off, err = d.block(out, src, off, check); err != nil {
			return 0, err
		}
	}
	indexSize, err := d.verifyIndex(src, off)
	if err != nil {
		return 0, err
	}
	off += indexSize
	claimed, footerCheck, err := streamFooter(src, off)
	switch {
	case err != nil:
		return 0, err
	case claimed != int64(indexSize):
		return 0, corrupt(off+4, "stream footer does not give the size of the index")
	case footerCheck != check:
		return 0, corrupt(off+8, "stream header and footer name different checks")
	}
	return off + footerSize, nil
}

// block decodes the block at src[off:], adds it to the records of the stream
// and returns the offset of its end.
func (d *decoder) block(out *output, src []byte, off int, check Check) (int, error) {
	h, err := readBlockHeader(src, off)
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
	if len(src)-end < pad+size {
		return 0, truncated(end, "block is cut off")
	}
	if !allZero(src[end : end+pad]) {
		return 0, corrupt(end, "block padding is not zero")
	}
	d.records = append(d.records, record{int64(end - off + size), int64(len(decoded))})
	end += pad
	if !check.verify(decoded, src[end:end+size]) {
		return 0, corrupt(end, check.String()+" of the data does not match")
	}
	return end + size, nil
}

// verifyIndex compares the index at src[off:] with the blocks of the stream and
// returns its size.
func (d *decoder) verifyIndex(src []byte, off int) (int, error) {
	r, err := newIndexReader(src, off)
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
