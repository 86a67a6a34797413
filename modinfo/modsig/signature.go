package modsig

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"

	"github.com/gokmod/gokmod/internal/cms"
)

// signed is the data that a signature signs.
type signed struct {
	hash crypto.Hash
	sum  []byte
}

// signedDigest computes the digest that s signs: that of the body, or of
// attributes that contain it.
func (v *verifier) signedDigest(s *cms.Signer) (signed, error) {
	h, err := digest(s, v.opts)
	if err != nil {
		return signed{}, err
	}
	if s.Attrs == nil {
		body, err := v.digests.sum(h)
		return signed{h, body}, err
	}
	if !v.opts.AllowAttributes {
		return signed{}, refuse(ErrUnsupported, "it has signed attributes, which kernels do not accept in modules")
	}
	if err := v.checkAttributes(s, h); err != nil {
		return signed{}, err
	}
	return signed{h, sum(h, s.SignedAttrs())}, nil
}

// checkAttributes checks that the signed attributes match the body: they must
// contain its type and its digest (RFC 5652, section 5.3).
func (v *verifier) checkAttributes(s *cms.Signer, h crypto.Hash) error {
	attrs, err := s.Attributes()
	if err != nil {
		return refuse(ErrDamaged, err.Error())
	}
	body, err := v.digests.sum(h)
	if err != nil {
		return err
	}
	var hasType, hasDigest bool
	for _, a := range attrs {
		switch a.OID {
		case cms.OIDContentType:
			oid, err := cms.ParseOID(a.Value.Full)
			if err != nil || oid != cms.OIDData {
				return refuse(ErrDamaged, "its attribute for the type of content is wrong")
			}
			hasType = true
		case cms.OIDMessageDigest:
			sum, err := cms.ParseOctets(a.Value.Full)
			if err != nil {
				return refuse(ErrDamaged, "its attribute for the digest is wrong")
			}
			if !bytes.Equal(sum, body) {
				return refuse(ErrBadSignature, "the digest in its attributes is a different one")
			}
			hasDigest = true
		}
	}
	if !hasType || !hasDigest {
		return refuse(ErrDamaged, "its attributes lack the type or the digest of the content")
	}
	return nil
}

// checkSignature verifies the signature of s with the key of a certificate.
func checkSignature(c *Certificate, s *cms.Signer, what signed) error {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return checkRSA(key, s, what)
	case *ecdsa.PublicKey:
		return checkECDSA(key, s, what)
	}
	return refuse(ErrUnsupported, "the key of "+c.Subject+" is of type "+c.KeyType)
}

func checkRSA(key *rsa.PublicKey, s *cms.Signer, what signed) error {
	switch {
	case s.Algorithm.OID != oidRSA:
		return refuse(ErrUnsupported, "the algorithm is "+s.Algorithm.OID+", but the key is for RSA")
	case !s.Algorithm.Null():
		return refuse(ErrUnsupported, "the parameters of the algorithm are not NULL")
	}
	err := rsa.VerifyPKCS1v15(key, what.hash, what.sum, s.Value)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, rsa.ErrVerification):
		return refuse(ErrBadSignature, "")
	}
	return refuse(ErrUnsupported, err.Error())
}

func checkECDSA(key *ecdsa.PublicKey, s *cms.Signer, what signed) error {
	name := ecdsaDigest(s.Algorithm.OID)
	switch {
	case name == "":
		return refuse(ErrUnsupported, "the algorithm is "+s.Algorithm.OID+", but the key is for ECDSA")
	case s.Algorithm.Params != nil:
		return refuse(ErrUnsupported, "the algorithm has parameters")
	case name != cms.DigestName(s.Digest.OID):
		return refuse(ErrDamaged, "its algorithm is for "+name+", but its digest is another")
	case !ecdsa.VerifyASN1(key, what.sum, s.Value):
		return refuse(ErrBadSignature, "")
	}
	return nil
}
