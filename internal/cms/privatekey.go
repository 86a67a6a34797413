package cms

// PrivateKey is a private key in one of three forms, all of them a SEQUENCE that
// begins with a version:
//
//	RSAPrivateKey   0, INTEGER modulus, …           (PKCS#1; RFC 8017, A.1.2)
//	ECPrivateKey    1, OCTET STRING scalar, …       (SEC 1; RFC 5915)
//	PrivateKeyInfo  0 or 1, SEQUENCE algorithm, …   (PKCS#8; RFC 5958)
//
// A PrivateKeyInfo has one of the others inside, or the key of another algorithm.
type PrivateKey struct {
	// Algorithm is that of a PrivateKeyInfo, without an OID for the other forms.
	Algorithm Algorithm

	// RSA are the numbers of an RSA key, big-endian: the modulus, the public and
	// the private exponent, and two primes. They are nil for another key.
	RSA [][]byte

	// Scalar is the private key of an elliptic curve, big-endian, nil for another
	// key. Curve is the DER of the curve, nil if only Algorithm has it.
	Scalar, Curve []byte
}

// ParsePrivateKey reads a private key that fills all of der.
func ParsePrivateKey(der []byte) (*PrivateKey, error) {
	c := newCursor(der)
	key := c.anyPrivateKey()
	c.end()
	if c.err != nil {
		return nil, c.err
	}
	return key, nil
}

func (c *cursor) anyPrivateKey() *PrivateKey {
	key := new(PrivateKey)
	seq := c.sequence()
	version := seq.version()
	if seq.nextIs(classUniversal, tagSequence, true) {
		seq.privateKeyInfo(key)
	} else {
		seq.privateKey(key, version)
	}
	return key
}

// privateKeyInfo reads what follows the version of a PrivateKeyInfo: the algorithm,
// the key, and optional attributes and public key.
func (c *cursor) privateKeyInfo(key *PrivateKey) {
	key.Algorithm = c.algorithm()
	inner := &cursor{c.octets(), c.reading}
	c.optional(0, true)
	c.optional(1, false)
	c.end()
	if inner.nextIs(classUniversal, tagSequence, true) {
		seq := inner.sequence()
		seq.privateKey(key, seq.version())
		inner.end()
	}
}

// privateKey reads what follows the version of an RSAPrivateKey or an ECPrivateKey.
func (c *cursor) privateKey(key *PrivateKey, version int) {
	if c.nextIs(classUniversal, tagOctetString, false) {
		key.Scalar = c.octets()
		if v, ok := c.optional(0, true); ok {
			curve := c.inside(v)
			key.Curve = curve.any().Full
			curve.end()
		}
		c.optional(1, true) // the public key
		c.end()
		return
	}
	if version != 0 {
		c.fail("a key of version %d", version)
	}
	for range 5 {
		key.RSA = append(key.RSA, c.natural())
	}
	for range 3 { // which follow from the others
		c.natural()
	}
	c.end()
}
