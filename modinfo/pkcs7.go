package modinfo

import (
	"fmt"

	"github.com/gokmod/gokmod/internal/cms"
)

// parsePKCS7 fills in what a DER SignedData says about its first signer. It
// does not verify anything: see package modsig.
func (s *Signature) parsePKCS7(der []byte) error {
	data, _, err := cms.Parse(der)
	if err != nil {
		return fmt.Errorf("the PKCS#7 signature is damaged: %w", err)
	}
	signer := &data.Signers[0]
	s.Value, s.HashAlgo = signer.Value, cms.DigestName(signer.Digest.OID)
	if s.Key = signer.KeyID; s.Key == nil {
		s.Key, s.Signer = cms.Number(signer.Serial), cms.CommonName(signer.Issuer)
	}
	return nil
}
