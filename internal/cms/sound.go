package cms

import "encoding/asn1"

// maxDepth bounds how deep values lie within values. Time stamps, which bring
// along signatures and certificates, have some twenty levels.
const maxDepth = 32

// Tags of what ends values of indefinite length, and of values that always have
// others inside, beside SEQUENCE and SET.
const (
	tagEnd         = 0
	tagExternal    = 8
	tagEmbeddedPDV = 11
)

// sound makes sure that all of what is not looked at is DER at least: values in
// values, with lengths that fit and strings in one piece.
func (c *cursor) sound(depth int) {
	for c.more() {
		v := c.any()
		switch {
		case c.err != nil:
		case v.Class == asn1.ClassUniversal && (v.Tag == tagEnd || v.IsCompound != hasInside(v.Tag)):
			c.fail("tag %#x is not one of DER", tagByte(v.Class, v.Tag, v.IsCompound))
		case v.IsCompound && depth == maxDepth:
			c.fail("there are more than %d values within each other", maxDepth)
		case v.IsCompound:
			c.inside(v).sound(depth + 1)
		}
	}
}

// soundSet reads a set of values that are sound.
func (c *cursor) soundSet() *cursor {
	set := c.raw(asn1.TagSet)
	c.inside(set).sound(0)
	return c.inside(set)
}

// hasInside reports whether values of a universal tag have others inside.
func hasInside(tag int) bool {
	switch tag {
	case asn1.TagSequence, asn1.TagSet, tagExternal, tagEmbeddedPDV:
		return true
	}
	return false
}
