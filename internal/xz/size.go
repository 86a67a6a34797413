package xz

import "github.com/gokmod/gokmod/internal/window"

// Size returns how many bytes src decodes to, according to the indexes of its
// streams. Nothing is decoded: the indexes, stream headers and footers are
// verified, but the blocks may still be damaged or hold other data.
func Size(src []byte) (int64, error) { return sizeOf(window.Bytes(src)) }

func sizeOf(src *window.Window) (int64, error) {
	if _, err := streamHeader(src.From(0, headerSize), 0); err != nil {
		return 0, err
	}
	var total int64
	for end := src.Size(); end > 0; {
		if end >= 4 && end%4 == 0 && allZero(between(src, end-4, end)) {
			end -= 4
			continue
		}
		start, size, err := lastStream(src, end)
		if err != nil {
			return 0, err
		}
		if size > maxNumber-total {
			return 0, corrupt(start, "streams claim more than 63 bits of data")
		}
		total += size
		end = start
	}
	return total, nil
}

// between returns the bytes of src from one offset to another, or fewer if it
// ends earlier.
func between(src *window.Window, from, to int) []byte {
	b := src.From(from, to-from)
	return b[:min(len(b), to-from)]
}

// lastStream finds the stream that ends at an offset and returns where it starts
// and how many bytes it decodes to.
func lastStream(src *window.Window, end int) (start int, size int64, err error) {
	if end < headerSize+footerSize {
		return 0, 0, truncated(end, "stream is cut off")
	}
	footer := end - footerSize
	indexSize, check, err := streamFooter(between(src, footer, end), footer)
	if err != nil {
		return 0, 0, err
	}
	if indexSize > int64(footer-headerSize) {
		return 0, 0, corrupt(footer+4, "index is larger than the file")
	}
	if indexSize > maxIndex {
		return 0, 0, unsupported(footer+4, "index of too many blocks")
	}
	index := footer - int(indexSize)
	blocks, size, err := sumIndex(between(src, index, footer), index)
	if err != nil {
		return 0, 0, err
	}
	if blocks > int64(index-headerSize) {
		return 0, 0, corrupt(index, "blocks are larger than the file")
	}
	start = index - int(blocks) - headerSize
	got, err := streamHeader(between(src, start, footer), start)
	if err == nil && got != check {
		err = corrupt(start, "stream header and footer give different checks")
	}
	return start, size, err
}

// sumIndex adds up the index that fills b, which lies at off. It returns the size
// of the blocks and of the data that they decode to.
func sumIndex(b []byte, off int) (blocks, size int64, err error) {
	r, err := newIndexReader(b, off)
	if err != nil {
		return 0, 0, err
	}
	for r.count > 0 {
		rec, err := r.next()
		if err != nil {
			return 0, 0, err
		}
		padded := (rec.unpadded + 3) &^ 3
		if padded > maxNumber-blocks || rec.uncompressed > maxNumber-size {
			return 0, 0, corrupt(off, "blocks claim more than 63 bits of data")
		}
		blocks += padded
		size += rec.uncompressed
	}
	n, err := r.finish()
	if err == nil && n != len(b) {
		err = corrupt(off, "index size does not match the footer")
	}
	return blocks, size, err
}
