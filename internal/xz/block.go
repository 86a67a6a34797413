package xz

import "fmt"

// Bits of the flags in a block header.
const (
	blockFilterCount     = 0x03
	blockReserved        = 0x3C
	blockHasCompressed   = 0x40
	blockHasUncompressed = 0x80
)

const maxFilters = 4

// blockHeader is what precedes the chunks of a block.
type blockHeader struct {
	size         int   // bytes of the header itself
	compressed   int64 // bytes of LZMA2 data, -1 if the header does not say
	uncompressed int64 // bytes of data, -1 if the header does not say
	filters      [maxFilters]Filter
	nfilters     int
	complete     bool // all filters were read, whether supported or not
}

// chain returns the filters in the order in which an encoder applies them.
// LZMA2 is the last one, and only the last.
func (h *blockHeader) chain() []Filter { return h.filters[:h.nfilters] }

// maxBlockHeader is the size of the largest block header.
const maxBlockHeader = 1024

// readBlockHeader reads the block header at the start of b, which lies at off. An
// unsupported filter chain is an error, but the header still lists its filters.
func readBlockHeader(b []byte, off int) (h blockHeader, err error) {
	if len(b) == 0 {
		return h, truncated(off, "no block and no index")
	}
	h.size = (int(b[0]) + 1) * 4
	if h.size > len(b) {
		return h, truncated(off, "block header is cut off")
	}
	b = b[:h.size]
	if !crcMatches(b) {
		return h, corrupt(off, "block header CRC32 does not match")
	}
	flags := b[1]
	if flags&blockReserved != 0 {
		return h, unsupported(off+1, "unknown block flags")
	}
	c := &cursor{b: b[:h.size-4], base: off, pos: 2}
	h.compressed, h.uncompressed = -1, -1
	if flags&blockHasCompressed != 0 {
		h.compressed = c.number()
		if c.err == nil && h.compressed == 0 {
			return h, corrupt(off, "block header claims no compressed data")
		}
	}
	if flags&blockHasUncompressed != 0 {
		h.uncompressed = c.number()
	}
	if c.err != nil {
		return h, c.err
	}
	h.nfilters = int(flags&blockFilterCount) + 1
	err = h.readFilters(c)
	if c.err == nil && !allZero(c.b[c.pos:]) {
		return h, unsupported(c.base+c.pos, "unknown block header fields")
	}
	return h, err
}

// readFilters reads all filters, then returns the first error.
func (h *blockHeader) readFilters(c *cursor) (err error) {
	for i := range h.chain() {
		at := c.base + c.pos
		f, props := readFilter(c)
		if c.err != nil {
			return corrupt(at, "filter does not fit into the block header")
		}
		_, known := f.ID.kind()
		valid := f.setProperties(props)
		h.filters[i] = f
		switch last := i == h.nfilters-1; {
		case err != nil:
		case !known:
			err = unsupported(at, f.ID.String())
		case last != (f.ID == FilterLZMA2):
			err = unsupported(at, fmt.Sprintf("filter %v in this place", f.ID))
		case !valid:
			err = unsupported(at, fmt.Sprintf("properties of filter %v", f.ID))
		}
	}
	h.complete = true
	return err
}
