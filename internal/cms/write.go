package cms

import (
	"strconv"
	"strings"
)

// Marshal writes a signature as [Parse] reads it: detached, with the digests and the
// signers of d. Certificates, revocation lists and attributes are left out.
func (d *SignedData) Marshal() []byte {
	var digests, signers []byte
	for _, a := range d.Digests {
		digests = append(digests, a.marshal()...)
	}
	for i := range d.Signers {
		signers = append(signers, d.Signers[i].marshal()...)
	}
	data := sequence(small(d.Version), element(setTag, digests),
		sequence(marshalOID(d.ContentType)), element(setTag, signers))
	return sequence(marshalOID(OIDSignedData), element(explicitTag, data))
}

func (s *Signer) marshal() []byte {
	id := element(implicitTag, s.KeyID)
	if s.KeyID == nil {
		id = sequence(s.Issuer, element(tagInteger, s.Serial))
	}
	return sequence(small(s.Version), id, s.Digest.marshal(), s.Algorithm.marshal(), element(tagOctetString, s.Value))
}

func (a Algorithm) marshal() []byte { return sequence(marshalOID(a.OID), a.Params) }

// NoParams are the parameters of an algorithm that requires them but has none.
func NoParams() []byte { return []byte(null) }

// Tags as they are encoded.
const (
	sequenceTag = tagSequence | compoundBit
	setTag      = tagSet | compoundBit
	implicitTag = classContext << 6             // [0] in the place of the value's own tag
	explicitTag = classContext<<6 | compoundBit // [0] around the value
)

// element writes a value with a tag of one byte. Its length takes one byte if it is
// below 128; that of a longer one follows the count of its bytes.
func element(tag byte, parts ...[]byte) []byte {
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	der := []byte{tag}
	if length < 0x80 {
		der = append(der, byte(length))
	} else {
		digits := bigEndian(length)
		der = append(append(der, byte(0x80+len(digits))), digits...)
	}
	for _, part := range parts {
		der = append(der, part...)
	}
	return der
}

// bigEndian is a positive number in as few bytes as possible.
func bigEndian(n int) []byte {
	if n < 0x100 {
		return []byte{byte(n)}
	}
	return append(bigEndian(n>>8), byte(n))
}

func sequence(parts ...[]byte) []byte { return element(sequenceTag, parts...) }

// small writes a number below 128.
func small(n int) []byte { return element(tagInteger, []byte{byte(n)}) }

// marshalOID writes an object identifier that is given in dotted form.
func marshalOID(dotted string) []byte {
	var content []byte
	root := 0
	for i, text := range strings.Split(dotted, ".") {
		number, _ := strconv.Atoi(text)
		switch i {
		case 0:
			root = number
		case 1:
			content = appendNumber(content, 40*root+number)
		default:
			content = appendNumber(content, number)
		}
	}
	return element(tagOID, content)
}

// appendNumber writes a number as readNumber reads it.
func appendNumber(b []byte, n int) []byte {
	if n >= 0x80 {
		b = appendHigh(b, n>>7)
	}
	return append(b, byte(n&0x7f))
}

// appendHigh writes the digits of a number that others follow.
func appendHigh(b []byte, n int) []byte {
	if n >= 0x80 {
		b = appendHigh(b, n>>7)
	}
	return append(b, byte(n&0x7f|0x80))
}
