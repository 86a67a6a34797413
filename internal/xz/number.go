package xz

import (
	"encoding/binary"
	"hash/crc32"
)

// maxNumber is the largest variable-length integer, and numberBytes its length.
const (
	maxNumber   = 1<<63 - 1
	numberBytes = 9
)

// number reads a variable-length integer at the start of b and returns it with
// its length. The length is 0 if b ends too early, and -1 if the encoding is
// not the shortest one or exceeds 63 bits.
func number(b []byte) (v int64, n int) {
	for i, c := range b[:min(len(b), numberBytes)] {
		v |= int64(c&0x7F) << (7 * i)
		if c < 0x80 {
			if c == 0 && i > 0 {
				return 0, -1
			}
			return v, i + 1
		}
	}
	if len(b) < numberBytes {
		return 0, 0
	}
	return 0, -1
}

// cursor reads fields one after the other and keeps the first error.
type cursor struct {
	b    []byte // the fields
	base int    // offset of b in the file
	pos  int    // how much of b has been read
	err  error
}

// number reads a variable-length integer. It returns 0 after an error.
func (c *cursor) number() int64 {
	if c.err != nil {
		return 0
	}
	v, n := number(c.b[c.pos:])
	switch n {
	case 0:
		c.err = truncated(c.base+c.pos, "number is cut off")
	case -1:
		c.err = corrupt(c.base+c.pos, "number is malformed")
	default:
		c.pos += n
	}
	return v
}

// bytes returns the next n bytes, or nil after an error.
func (c *cursor) bytes(n int) []byte {
	if c.err != nil {
		return nil
	}
	if n > len(c.b)-c.pos {
		c.err = truncated(c.base+c.pos, "field is cut off")
		return nil
	}
	c.pos += n
	return c.b[c.pos-n : c.pos]
}

// crcMatches reports whether the last four bytes of b are the CRC32 of the
// bytes before them.
func crcMatches(b []byte) bool {
	n := len(b) - crc32.Size
	return binary.LittleEndian.Uint32(b[n:]) == crc32.ChecksumIEEE(b[:n])
}

// pad4 returns the number of bytes that pad n to a multiple of four.
func pad4(n int) int { return -n & 3 }

// allZero reports whether all bytes of b are 0.
func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
