package cms

import (
	"encoding/hex"
	"strconv"
)

// oid returns an object identifier in dotted form, or in hexadecimal if its
// numbers are too large for that.
func (c *cursor) oid() string {
	b := c.value(classUniversal, tagOID, false).Bytes
	if c.err != nil {
		return ""
	}
	if !isOID(b) {
		c.fail("a malformed object identifier")
		return ""
	}
	return oidText(b)
}

// maxOID bounds object identifiers in bytes, since errors show them. Those in use have
// at most about twenty.
const maxOID = 64

// isOID reports whether b is a sequence of base-128 numbers in the shortest form,
// with the high bit set in all bytes of a number except the last.
func isOID(b []byte) bool {
	begins := true
	for _, digit := range b {
		if begins && digit == 0x80 {
			return false
		}
		begins = digit < 0x80
	}
	return len(b) > 0 && len(b) <= maxOID && begins
}

// oidText writes what isOID accepts. The first number stands for two (X.690, section
// 8.19.4): 40 times the one, which is at most 2, plus the other, which is below 40 unless
// the one is 2.
func oidText(b []byte) string {
	var text []byte
	for rest := b; len(rest) > 0; {
		number, next, err := readNumber(rest)
		if err != nil {
			return hex.EncodeToString(b)
		}
		if text == nil {
			root := min(number/40, 2)
			text, number = strconv.AppendInt(text, int64(root), 10), number-40*root
		}
		text = strconv.AppendInt(append(text, '.'), int64(number), 10)
		rest = next
	}
	return string(text)
}
