package modinfo

import (
	"encoding/asn1"
	"fmt"
)

// The parts of a CMS SignedData (RFC 5652) that identify a signature. Parsing
// stops at what is needed to describe it; verifying is another matter.
type (
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      asn1.RawValue
		ContentInfo  asn1.RawValue
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		CRLs         asn1.RawValue `asn1:"optional,tag:1"`
		Signers      []signerInfo  `asn1:"set"`
	}
	signerInfo struct {
		Version   int
		ID        asn1.RawValue // IssuerAndSerialNumber, or [0] a key id
		Digest    algorithm
		Attrs     asn1.RawValue `asn1:"optional,tag:0"`
		Algorithm algorithm
		Value     []byte
	}
	algorithm struct {
		OID    asn1.ObjectIdentifier
		Params asn1.RawValue `asn1:"optional"`
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial asn1.RawValue
	}
	nameAttribute struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	nameSET []nameAttribute // the suffix tells encoding/asn1 that it is a SET
)

// parsePKCS7 fills in what a DER SignedData says of its first signer.
func (s *Signature) parsePKCS7(der []byte) error {
	var outer contentInfo
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		return fmt.Errorf("the PKCS#7 signature is damaged: %w", err)
	}
	var data signedData
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &data); err != nil {
		return fmt.Errorf("the PKCS#7 signed data is damaged: %w", err)
	}
	if len(data.Signers) == 0 {
		return fmt.Errorf("the PKCS#7 signature has no signer")
	}
	signer := &data.Signers[0]
	s.Value, s.HashAlgo = signer.Value, digestName(signer.Digest.OID)
	return s.parseSignerID(signer.ID)
}

// parseSignerID reads who signed: issuer and serial number of the certificate,
// or only its key id.
func (s *Signature) parseSignerID(id asn1.RawValue) error {
	if id.Class == asn1.ClassContextSpecific && id.Tag == 0 {
		s.Key = id.Bytes
		return nil
	}
	var is issuerAndSerial
	if _, err := asn1.Unmarshal(id.FullBytes, &is); err != nil {
		return fmt.Errorf("the PKCS#7 signer is damaged: %w", err)
	}
	s.Key = is.Serial.Bytes
	if len(s.Key) > 1 && s.Key[0] == 0 {
		s.Key = s.Key[1:] // the sign byte of a positive number
	}
	s.Signer = commonName(is.Issuer.FullBytes)
	return nil
}

// commonName returns the first CN of a DER name, "" when it has none.
func commonName(der []byte) string {
	var sets []nameSET
	if _, err := asn1.Unmarshal(der, &sets); err != nil {
		return ""
	}
	for _, set := range sets {
		for _, attr := range set {
			if attr.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, 3}) {
				return string(attr.Value.Bytes)
			}
		}
	}
	return ""
}

// digestName names the digests that kernels sign modules with; others are
// given by number.
func digestName(oid asn1.ObjectIdentifier) string {
	switch s := oid.String(); s {
	case "1.2.840.113549.2.4":
		return "md4"
	case "1.2.840.113549.2.5":
		return "md5"
	case "1.3.14.3.2.26":
		return "sha1"
	case "1.3.36.3.2.1":
		return "rmd160"
	case "2.16.840.1.101.3.4.2.1":
		return "sha256"
	case "2.16.840.1.101.3.4.2.2":
		return "sha384"
	case "2.16.840.1.101.3.4.2.3":
		return "sha512"
	case "2.16.840.1.101.3.4.2.4":
		return "sha224"
	case "2.16.840.1.101.3.4.2.8":
		return "sha3-256"
	case "2.16.840.1.101.3.4.2.9":
		return "sha3-384"
	case "2.16.840.1.101.3.4.2.10":
		return "sha3-512"
	case "1.2.156.10197.1.401":
		return "sm3"
	default:
		return s
	}
}
