package xz

import (
	"encoding/binary"

	"github.com/gokmod/gokmod/internal/window"
)

// An LZMA2 chunk starts with one control byte:
//
//	00  end of the block's data
//	01  stored, dictionary reset     size-1 (2 bytes, big-endian), data
//	02  stored                       the same
//	80  LZMA   the low five bits are bits 16 to 20 of the decoded size-1,
//	           then its low two bytes, the input size-1 (2 bytes),
//	           the properties where bit 6 is set, data
//
// Bits 5 and 6 of an LZMA chunk say what is reset before it: 0 nothing, 1 the
// state, 2 the state with new properties, 3 the dictionary as well.
const (
	chunkEnd       = 0x00
	chunkResetDict = 0x01
	chunkStored    = 0x02
	chunkLZMA      = 0x80

	resetState = 1
	resetProps = 2
	resetDict  = 3
)

// chunk is the header of an LZMA2 chunk.
type chunk struct {
	size    int // bytes of decoded data
	input   int // bytes that follow the header
	header  int // bytes of the header
	lzma    bool
	reset   byte // of an LZMA chunk
	newDict bool
	props   byte
}

// maxChunkHeader is the size of the largest chunk header.
const maxChunkHeader = 6

// readChunk reads a chunk header at the start of b, which lies at off. The end
// marker has header 1 and no size.
func readChunk(b []byte, off int) (c chunk, err error) {
	if len(b) == 0 {
		return c, truncated(off, "LZMA2 data is cut off")
	}
	control := b[0]
	switch {
	case control == chunkEnd:
		return chunk{header: 1}, nil
	case control >= chunkLZMA:
		return readLZMAChunk(b, off)
	case control > chunkStored:
		return c, corrupt(off, "LZMA2 chunk of an unknown kind")
	}
	c = chunk{header: 3, newDict: control == chunkResetDict}
	if len(b) < c.header {
		return c, truncated(off, "LZMA2 chunk is cut off")
	}
	c.size = int(binary.BigEndian.Uint16(b[1:])) + 1
	c.input = c.size
	return c, nil
}

// readLZMAChunk reads the header of a compressed chunk in b.
func readLZMAChunk(b []byte, off int) (c chunk, err error) {
	c = chunk{header: 5, lzma: true, reset: b[0] >> 5 & 3}
	c.newDict = c.reset == resetDict
	if c.reset >= resetProps {
		c.header = 6
	}
	if len(b) < c.header {
		return c, truncated(off, "LZMA2 chunk is cut off")
	}
	c.size = int(b[0]&0x1F)<<16 + int(binary.BigEndian.Uint16(b[1:])) + 1
	c.input = int(binary.BigEndian.Uint16(b[3:])) + 1
	if c.reset >= resetProps {
		c.props = b[5]
	}
	return c, nil
}

// lzma2 decodes the chunks of a block at off and returns the offset of their end.
func (d *decoder) lzma2(out *output, src *window.Window, off int, h *blockHeader) (int, error) {
	start := len(out.buf)
	d.dictSize = uint64(h.filters[h.nfilters-1].DictSize)
	d.needDict, d.needProps = true, true
	for {
		b := src.From(off, maxChunkHeader+chunkInput)
		c, err := readChunk(b, off)
		if err != nil {
			return 0, err
		}
		if c.size == 0 {
			return off + c.header, nil
		}
		if !d.prepare(&c, len(out.buf)) {
			return 0, corrupt(off, "LZMA2 chunk does not reset what it must")
		}
		if c.input > len(b)-c.header {
			return 0, truncated(off, "LZMA2 chunk is cut off")
		}
		if h.uncompressed >= 0 && int64(len(out.buf)-start+c.size) > h.uncompressed {
			return 0, corrupt(off, "block has more data than its header says")
		}
		if !out.reserve(c.size) {
			return 0, out.exceeded(off)
		}
		off += c.header
		b = b[c.header:]
		if !c.lzma {
			out.buf = append(out.buf, b[:c.input]...)
		} else if !d.chunk(out, b, c) {
			return 0, corrupt(off, "LZMA data is damaged")
		}
		off += c.input
	}
}

// prepare performs the resets of a chunk whose data starts at out[at]. It
// reports whether the chunk is allowed here and its properties are valid.
func (d *decoder) prepare(c *chunk, at int) bool {
	if c.newDict {
		d.dictStart = at
		d.needDict, d.needProps = false, true
	}
	if d.needDict {
		return false
	}
	if !c.lzma {
		return true
	}
	if c.reset >= resetProps {
		if !d.setProps(c.props) {
			return false
		}
		d.needProps = false
	}
	if d.needProps {
		return false
	}
	if c.reset >= resetState {
		d.resetState()
	}
	return true
}

// chunk decodes the LZMA data of a chunk at the start of b.
func (d *decoder) chunk(out *output, b []byte, c chunk) bool {
	in := &d.input
	if len(b) >= chunkInput {
		in = (*[chunkInput]byte)(b)
	} else {
		copy(in[:], b)
	}
	op := len(out.buf)
	window := out.buf[d.dictStart:cap(out.buf)]
	from := uint64(op - d.dictStart)
	n, ok := d.run(in, window, from, from+uint64(c.size))
	out.buf = out.buf[:op+c.size]
	return ok && n == uint64(c.input)
}
