package xz

import "hash/crc32"

// record is the index's entry for a block.
type record struct {
	unpadded     int64 // bytes of header, compressed data and check
	uncompressed int64 // bytes of data
}

// minUnpadded is the smallest size that the specification permits.
const minUnpadded = 5

// indexReader walks over the index of a stream.
type indexReader struct {
	c     cursor
	count int64 // records still to come
}

// maxBlocks bounds the blocks of a stream, since the decoder keeps a record of
// each. A multi-threaded encoder makes blocks of some megabytes.
const maxBlocks = 1 << 18

// maxIndex is the size of the largest index of maxBlocks blocks.
const maxIndex = 1 + numberBytes + maxBlocks*2*numberBytes + 3 + crc32.Size

// newIndexReader starts at the index at the start of b, which lies at off and may
// be longer than the index. The number of records is checked against the bytes
// that follow.
func newIndexReader(b []byte, off int) (r indexReader, err error) {
	r.c = cursor{b: b, base: off}
	if b := r.c.bytes(1); r.c.err == nil && b[0] != 0 {
		return r, corrupt(off, "index does not start with 0")
	}
	r.count = r.c.number()
	if r.c.err == nil && r.count > int64(len(r.c.b)/2) {
		return r, truncated(off, "index has more records than there are bytes")
	}
	return r, r.c.err
}

// next returns the next record.
func (r *indexReader) next() (record, error) {
	at := r.c.base + r.c.pos
	rec := record{unpadded: r.c.number(), uncompressed: r.c.number()}
	if r.c.err == nil && (rec.unpadded < minUnpadded || rec.unpadded > maxNumber-3) {
		r.c.err = corrupt(at, "index has an impossible block size")
	}
	r.count--
	return rec, r.c.err
}

// finish reads what follows the records, verifies the CRC32 and returns the
// size of the index in bytes.
func (r *indexReader) finish() (int, error) {
	pad := r.c.bytes(pad4(r.c.pos))
	sum := r.c.bytes(4)
	if r.c.err != nil {
		return 0, r.c.err
	}
	if !allZero(pad) {
		return 0, corrupt(r.c.base+r.c.pos-8, "index padding is not zero")
	}
	if !crcMatches(r.c.b[:r.c.pos]) {
		return 0, corrupt(r.c.base+r.c.pos-len(sum), "index CRC32 does not match")
	}
	return r.c.pos, nil
}
