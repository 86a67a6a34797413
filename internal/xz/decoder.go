package xz

import "sync"

// chunkInput bounds the compressed bytes of an LZMA2 chunk.
const chunkInput = 1 << 16

// maxRecords bounds the records that a decoder keeps for its next file.
const maxRecords = 1 << 10

// decoder is the state of an LZMA2 decoder, and all that decoding a file needs
// besides its output.
type decoder struct {
	model

	state    uint64    // the kinds of the last symbols, 0 to 11
	rep      [4]uint64 // the last distances, less one
	dictSize uint64    // largest distance
	lc       uint64    // bits of the previous byte that choose the literal coder
	lpMask   uint64    // bits of the position that choose it too
	pbMask   uint64    // bits of the position that choose other probabilities

	dictStart int  // where in the output the dictionary starts
	needDict  bool // the next chunk must reset the dictionary
	needProps bool // the next LZMA chunk must set the properties

	records []record         // blocks of the stream so far
	input   [chunkInput]byte // the last chunks of a file, when src is too short
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// release returns the decoder to the pool.
func (d *decoder) release() {
	if cap(d.records) > maxRecords {
		d.records = nil
	}
	decoders.Put(d)
}

// setProps takes the properties byte of a chunk, (pb*5+lp)*9+lc, and reports
// whether it is valid.
func (d *decoder) setProps(props byte) bool {
	lc, lp, pb := props%9, props/9%5, props/45
	if pb > 4 || lc+lp > 4 {
		return false
	}
	d.lc, d.lpMask, d.pbMask = uint64(lc), 1<<lp-1, 1<<pb-1
	return true
}

// resetState forgets what was learned from the data so far.
func (d *decoder) resetState() {
	d.state, d.rep = 0, [4]uint64{}
	d.model.reset(1 << (d.lc) * int(d.lpMask+1))
}
