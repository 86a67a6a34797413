package xz

// Size returns how many bytes src decodes to, by the indexes of its streams.
// Nothing is decoded: the indexes, stream headers and footers are verified, but
// the blocks may still be damaged or hold something else.
func Size(src []byte) (int64, error) {
	if _, err := streamHeader(src, 0); err != nil {
		return 0, err
	}
	var total int64
	for end := len(src); end > 0; {
		if end >= 4 && end%4 == 0 && allZero(src[end-4:end]) {
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

// lastStream finds the stream that ends at src[end] and returns where it starts
// and how many bytes it decodes to.
func lastStream(src []byte, end int) (start int, size int64, err error) {
	if end < headerSize+footerSize {
		return 0, 0, truncated(end, "stream is cut off")
	}
	footer := end - footerSize
	indexSize, check, err := streamFooter(src[:end], footer)
	if err != nil {
		return 0, 0, err
	}
	if indexSize > int64(footer-headerSize) {
		return 0, 0, corrupt(footer+4, "index is larger than the file")
	}
	index := footer - int(indexSize)
	blocks, size, err := sumIndex(src[:footer], index)
	if err != nil {
		return 0, 0, err
	}
	if blocks > int64(index-headerSize) {
		return 0, 0, corrupt(index, "blocks are larger than the file")
	}
	start = index - int(blocks) - headerSize
	got, err := streamHeader(src[:footer], start)
	if err == nil && got != check {
		err = corrupt(start, "stream header and footer name different checks")
	}
	return start, size, err
}

// sumIndex adds up the index that fills src[off:]. It returns the bytes that
// the blocks take and those that they decode to.
func sumIndex(src []byte, off int) (blocks, size int64, err error) {
	r, err := newIndexReader(src, off)
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
	if err == nil && n != len(src)-off {
		err = corrupt(off, "index size does not match the footer")
	}
	return blocks, size, err
}
