package cms

// maxDepth bounds the nesting of values. Time stamps, which include signatures
// and certificates, have some twenty levels.
const maxDepth = 32

// Tags of the end of values of indefinite length, and of values that are always
// constructed, besides SEQUENCE and SET.
const (
	tagEnd         = 0
	tagExternal    = 8
	tagEmbeddedPDV = 11
)

// sound checks that parts that are not parsed are at least DER: nested values
// with lengths that fit, and strings in one piece.
func (c *cursor) sound(depth int) {
	for c.more() {
		v := c.any()
		switch {
		case c.err != nil:
		case v.Class == classUniversal && (v.Tag == tagEnd || v.Compound != hasInside(v.Tag)):
			c.fail("tag %#x is not allowed in DER", tagByte(v.Class, v.Tag, v.Compound))
		case v.Compound && depth == maxDepth:
			c.fail("values are nested more than %d deep", maxDepth)
		case v.Compound:
			c.inside(v).sound(depth + 1)
		}
	}
}

// soundSet reads a set of sound values.
func (c *cursor) soundSet() *cursor {
	set := c.raw(tagSet)
	c.inside(set).sound(0)
	return c.inside(set)
}

// hasInside reports whether values of a universal tag contain others.
func hasInside(tag int) bool {
	switch tag {
	case tagSequence, tagSet, tagExternal, tagEmbeddedPDV:
		return true
	}
	return false
}
