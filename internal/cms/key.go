package cms

// ParseRSAKey reads modulus and exponent of an RSAPublicKey (RFC 8017), both
// positive and big-endian.
func ParseRSAKey(der []byte) (modulus, exponent []byte, err error) {
	c := newCursor(der)
	seq := c.sequence()
	modulus, exponent = seq.natural(), seq.natural()
	seq.end()
	c.end()
	return modulus, exponent, c.err
}

// natural reads a number that is not negative, without its sign byte.
func (c *cursor) natural() []byte {
	b := c.integer()
	if len(b) > 0 && b[0] >= 0x80 {
		c.fail("a negative number")
	}
	return Number(b)
}

// ParseOID reads an object identifier that fills all of der.
func ParseOID(der []byte) (string, error) {
	c := newCursor(der)
	oid := c.oid()
	c.end()
	return oid, c.err
}

// ParseOctets reads an octet string that fills all of der.
func ParseOctets(der []byte) ([]byte, error) {
	c := newCursor(der)
	octets := c.octets()
	c.end()
	return octets, c.err
}

// NameAttribute is one part of a distinguished name.
type NameAttribute struct {
	OID   string
	Value Value
}

// ParseName reads a distinguished name: its parts in order, each with its
// attributes.
func ParseName(der []byte) ([][]NameAttribute, error) {
	c := newCursor(der)
	sets := c.sequence()
	var name [][]NameAttribute
	for sets.more() {
		var part []NameAttribute
		for set := sets.set(); set.more(); {
			attr := set.sequence()
			part = append(part, NameAttribute{attr.oid(), attr.any()})
			attr.end()
			set.atMost(len(part))
		}
		if len(part) == 0 {
			sets.fail("an empty part of a name")
		}
		name = append(name, part)
		sets.atMost(len(name))
	}
	c.end()
	if c.err != nil {
		return nil, c.err
	}
	return name, nil
}
