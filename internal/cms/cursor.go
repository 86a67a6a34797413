package cms

import (
	"errors"
	"fmt"
)

// ErrSyntax is wrapped by all errors of this package.
var ErrSyntax = errors.New("damaged DER")

// cursor reads DER values one after the other. The first error is kept as that
// of the whole structure; from then on values are empty.
type cursor struct {
	rest []byte
	*reading
}

// reading is shared by the cursors of one structure.
type reading struct {
	err    error
	values int // tags and lengths that were read, a measure of the work done
}

func newCursor(der []byte) *cursor { return &cursor{der, new(reading)} }

func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: %s", ErrSyntax, fmt.Sprintf(format, args...))
	}
	c.rest = nil
}

// any reads the next value of any kind.
func (c *cursor) any() Value {
	if c.err != nil {
		return Value{}
	}
	c.values++
	v, rest, err := readValue(c.rest)
	if err != nil {
		c.fail("%v", err)
		return Value{}
	}
	c.rest = rest
	return v
}

// value reads the next value, which must have the given tag.
func (c *cursor) value(class, tag int, compound bool) Value {
	v := c.any()
	if c.err == nil && (v.Class != class || v.Tag != tag || v.Compound != compound) {
		c.fail("tag %#x where %#x is expected", tagByte(v.Class, v.Tag, v.Compound), tagByte(class, tag, compound))
		return Value{}
	}
	return v
}

// tagByte is a tag as it is encoded, except for tags of several bytes.
func tagByte(class, tag int, compound bool) int {
	if compound {
		tag |= compoundBit
	}
	return class<<6 | tag
}

// more reports whether there is anything left to read.
func (c *cursor) more() bool { return c.err == nil && len(c.rest) > 0 }

// end checks that everything was read.
func (c *cursor) end() {
	if c.more() {
		c.fail("%d bytes follow the last field", len(c.rest))
	}
}

// inside reads the contents of a value.
func (c *cursor) inside(v Value) *cursor { return &cursor{v.Bytes, c.reading} }

func (c *cursor) sequence() *cursor { return c.inside(c.raw(tagSequence)) }
func (c *cursor) set() *cursor      { return c.inside(c.raw(tagSet)) }

// raw reads a sequence or a set as a whole.
func (c *cursor) raw(tag int) Value { return c.value(classUniversal, tag, true) }

// nextIs reports whether the next value has the given tag, which fits into one
// byte.
func (c *cursor) nextIs(class, tag int, compound bool) bool {
	return c.more() && int(c.rest[0]) == tagByte(class, tag, compound)
}

// optional reads a value with a context-specific tag, if it is next.
func (c *cursor) optional(tag int, compound bool) (Value, bool) {
	if !c.nextIs(classContext, tag, compound) {
		return Value{}, false
	}
	v := c.any()
	return v, c.err == nil
}

// integer returns the bytes of a number: two's complement, in the shortest
// form.
func (c *cursor) integer() []byte {
	b := c.value(classUniversal, tagInteger, false).Bytes
	switch {
	case c.err != nil:
	case len(b) == 0:
		c.fail("an empty integer")
	case len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80):
		c.fail("an integer with redundant bytes")
	default:
		return b
	}
	return nil
}

// version reads a small number.
func (c *cursor) version() int {
	b := c.integer()
	if c.err == nil && (len(b) != 1 || b[0] > 0x7f) {
		c.fail("a version of %d bytes", len(b))
	}
	if c.err != nil {
		return -1
	}
	return int(b[0])
}

// boolean checks that the next value is true or false, each in the only form that
// DER allows.
func (c *cursor) boolean() {
	b := c.value(classUniversal, tagBoolean, false).Bytes
	if c.err == nil && (len(b) != 1 || b[0] != 0 && b[0] != 0xff) {
		c.fail("a malformed boolean")
	}
}

func (c *cursor) octets() []byte {
	return c.value(classUniversal, tagOctetString, false).Bytes
}

// bits reads a bit string of whole bytes.
func (c *cursor) bits() []byte {
	return c.wholeBytes(c.value(classUniversal, tagBitString, false))
}

// wholeBytes returns the bytes of a bit string with any tag. They follow the count
// of unused bits in the last byte.
func (c *cursor) wholeBytes(v Value) []byte {
	if c.err == nil && (len(v.Bytes) == 0 || v.Bytes[0] != 0) {
		c.fail("a bit string that is not whole bytes")
	}
	if c.err != nil {
		return nil
	}
	return v.Bytes[1:]
}

// Algorithm is an AlgorithmIdentifier.
type Algorithm struct {
	OID    string
	Params []byte // DER, nil if there are none
}

// null is the DER of parameters that are required but empty.
const null = "\x05\x00"

// Plain reports whether there are no parameters, in either encoding of that.
func (a Algorithm) Plain() bool { return a.Params == nil || a.Null() }

// Null reports whether the parameters are a NULL.
func (a Algorithm) Null() bool { return string(a.Params) == null }

func (c *cursor) algorithm() Algorithm {
	seq := c.sequence()
	a := Algorithm{OID: seq.oid()}
	if seq.more() {
		a.Params = seq.any().Full
	}
	seq.end()
	return a
}
