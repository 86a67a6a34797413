package cms

import "time"

// Certificate is an X.509 certificate.
type Certificate struct {
	Raw, RawTBS         []byte
	Serial              []byte // two's complement
	Issuer, Subject     []byte // DER of the names
	NotBefore, NotAfter time.Time
	KeyAlgorithm        Algorithm
	Key                 []byte // in the form given by KeyAlgorithm
	SubjectKeyID        []byte // nil if there is none
	Algorithm           Algorithm
	Signature           []byte
}

const oidSubjectKeyID = "2.5.29.14"

// ParseCertificate reads the certificate at the start of der and returns what
// follows it. All of it must be DER; parts for which Certificate has no field,
// such as most extensions, may have any content.
func ParseCertificate(der []byte) (*Certificate, []byte, error) {
	c := newCursor(der)
	cert := c.certificate()
	if c.err != nil {
		return nil, nil, c.err
	}
	return cert, c.rest, nil
}

func (c *cursor) certificate() *Certificate {
	outer := c.raw(tagSequence)
	c.inside(outer).sound(0)
	seq := c.inside(outer)
	tbs := seq.raw(tagSequence)
	cert := &Certificate{Raw: outer.Full, RawTBS: tbs.Full}
	seq.inside(tbs).tbs(cert)
	cert.Algorithm = seq.algorithm()
	cert.Signature = seq.bits()
	seq.end()
	return cert
}

func (c *cursor) tbs(cert *Certificate) {
	if v, ok := c.optional(0, true); ok {
		explicit := c.inside(v)
		if n := explicit.version(); n < 0 || n > 2 {
			explicit.fail("unknown certificate version %d", n+1)
		}
		explicit.end()
	}
	cert.Serial = c.integer()
	c.algorithm()
	cert.Issuer = c.raw(tagSequence).Full
	validity := c.sequence()
	cert.NotBefore, cert.NotAfter = validity.time(), validity.time()
	validity.end()
	cert.Subject = c.raw(tagSequence).Full
	key := c.sequence()
	cert.KeyAlgorithm, cert.Key = key.algorithm(), key.bits()
	key.end()
	c.uniqueID(1)
	c.uniqueID(2)
	if v, ok := c.optional(3, true); ok {
		explicit := c.inside(v)
		explicit.extensions(cert)
		explicit.end()
	}
	c.end()
}

// uniqueID reads the bit string that distinguishes holders of the same name, if it
// is the next value.
func (c *cursor) uniqueID(tag int) {
	if v, ok := c.optional(tag, false); ok {
		c.wholeBytes(v)
	}
}

func (c *cursor) extensions(cert *Certificate) {
	for list := c.sequence(); list.more(); {
		seq := list.sequence()
		oid := seq.oid()
		if seq.nextIs(classUniversal, tagBoolean, false) { // critical or not
			seq.boolean()
		}
		value := seq.octets()
		seq.end()
		if oid != oidSubjectKeyID {
			continue
		}
		if cert.SubjectKeyID != nil {
			seq.fail("there are two subject key ids")
		}
		id := &cursor{value, c.reading}
		cert.SubjectKeyID = id.octets()
		id.end()
	}
}
