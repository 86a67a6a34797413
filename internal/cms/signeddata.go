package cms

// Object identifiers of contents and attributes.
const (
	OIDData          = "1.2.840.113549.1.7.1"
	OIDSignedData    = "1.2.840.113549.1.7.2"
	OIDContentType   = "1.2.840.113549.1.9.3"
	OIDMessageDigest = "1.2.840.113549.1.9.4"
)

// maxElements bounds the digest algorithms, certificates, signers and attributes of
// one signature. Usually there is at most one of each.
const maxElements = 64

// SignedData is a signature, with or without the content that it signs.
type SignedData struct {
	Version     int
	Digests     []Algorithm
	ContentType string
	Detached    bool           // the content is kept elsewhere
	Certs       []*Certificate // included in the structure
	Revocations bool           // revocation lists are included, which are not read
	Signers     []Signer
}

// Signer is one signature in a SignedData. Its certificate is identified by
// Issuer and Serial, or by KeyID alone.
type Signer struct {
	Version   int
	Issuer    []byte // DER of the name
	Serial    []byte // two's complement
	KeyID     []byte
	Digest    Algorithm
	Attrs     []byte // DER of the signed attributes with their tag [0], nil if there are none
	Algorithm Algorithm
	Value     []byte
}

// Parse reads the SignedData at the start of der and returns what follows it.
// There is at least one signer.
func Parse(der []byte) (*SignedData, []byte, error) {
	c := newCursor(der)
	d := c.contentInfo()
	if c.err != nil {
		return nil, nil, c.err
	}
	return d, c.rest, nil
}

func (c *cursor) contentInfo() *SignedData {
	outer := c.sequence()
	if oid := outer.oid(); oid != OIDSignedData {
		outer.fail("the content type is %q, not signed data", oid)
	}
	explicit := outer.inside(outer.value(classContext, 0, true))
	outer.end()
	d := explicit.signedData()
	explicit.end()
	return d
}

func (c *cursor) signedData() *SignedData {
	seq := c.sequence()
	d := &SignedData{Version: seq.version()}
	for digests := seq.set(); digests.more(); {
		d.Digests = append(d.Digests, digests.algorithm())
		digests.atMost(len(d.Digests))
	}
	info := seq.sequence()
	d.ContentType = info.oid()
	_, attached := info.optional(0, true)
	d.Detached = !attached
	info.end()
	if v, ok := seq.optional(0, true); ok {
		d.Certs = seq.inside(v).certificates()
	}
	_, d.Revocations = seq.optional(1, true)
	signers := seq.set()
	for signers.more() {
		d.Signers = append(d.Signers, signers.signer())
		signers.atMost(len(d.Signers))
	}
	if len(d.Signers) == 0 {
		signers.fail("there is no signer")
	}
	seq.end()
	return d
}

// certificates reads a set of certificates, which must not be empty.
func (c *cursor) certificates() []*Certificate {
	var certs []*Certificate
	for ok := true; ok; ok = c.more() {
		certs = append(certs, c.certificate())
		c.atMost(len(certs))
	}
	return certs
}

func (c *cursor) atMost(n int) {
	if n > maxElements {
		c.fail("more than %d elements", maxElements)
	}
}

func (c *cursor) signer() Signer {
	seq := c.sequence()
	s := Signer{Version: seq.version()}
	if id, ok := seq.optional(0, false); ok {
		s.KeyID = id.Bytes
	} else {
		id := seq.sequence()
		s.Issuer, s.Serial = id.raw(tagSequence).Full, id.integer()
		id.end()
	}
	s.Digest = seq.algorithm()
	if attrs, ok := seq.optional(0, true); ok {
		s.Attrs = attrs.Full
	}
	s.Algorithm = seq.algorithm()
	s.Value = seq.octets()
	if attrs, ok := seq.optional(1, true); ok {
		seq.inside(attrs).unsignedAttributes()
	}
	seq.end()
	return s
}

// unsignedAttributes checks that they have the form of attributes. They may be of any
// kind and have any values.
func (c *cursor) unsignedAttributes() {
	n := 0
	for ok := true; ok; ok = c.more() {
		seq := c.sequence()
		seq.oid()
		if values := seq.soundSet(); !values.more() {
			values.fail("an attribute without a value")
		}
		seq.end()
		n++
		c.atMost(n)
	}
}

// Attribute is a signed attribute with one value.
type Attribute struct {
	OID   string
	Value Value
}

// Attributes reads the signed attributes. Each kind appears at most once and has
// one value.
func (s *Signer) Attributes() ([]Attribute, error) {
	c := newCursor(s.Attrs)
	set := c.inside(c.value(classContext, 0, true))
	c.end()
	seen := map[string]bool{}
	var attrs []Attribute
	for set.more() {
		seq := set.sequence()
		a := Attribute{OID: seq.oid()}
		values := seq.soundSet()
		a.Value = values.any()
		values.end()
		seq.end()
		if seen[a.OID] {
			set.fail("the attribute %s appears twice", a.OID)
		}
		seen[a.OID] = true
		attrs = append(attrs, a)
		set.atMost(len(attrs))
	}
	if c.err != nil {
		return nil, c.err
	}
	return attrs, nil
}

// SignedAttrs returns the bytes that a signer with attributes signs: those
// attributes, tagged as a SET.
func (s *Signer) SignedAttrs() []byte {
	return append([]byte{tagSet | compoundBit}, s.Attrs[1:]...)
}
