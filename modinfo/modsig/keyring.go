package modsig

import "github.com/gokmod/gokmod/internal/cms"

// Keyring is a set of certificates that are trusted to sign modules. It is safe
// for concurrent use.
type Keyring struct {
	certs    []*Certificate
	bySerial map[string][]*Certificate // by issuer and serial number
	byKeyID  map[string][]*Certificate
}

// NewKeyring makes a keyring of certificates returned by a function of this
// package; a certificate built by hand matches no signature. Duplicates count
// once.
func NewKeyring(certs ...*Certificate) *Keyring {
	k := &Keyring{bySerial: map[string][]*Certificate{}, byKeyID: map[string][]*Certificate{}}
	seen := map[string]bool{}
	for _, c := range certs {
		if c == nil || seen[string(c.Raw)] {
			continue
		}
		seen[string(c.Raw)] = true
		k.certs = append(k.certs, c)
		id := c.issuer + c.serial
		k.bySerial[id] = append(k.bySerial[id], c)
		if c.SubjectKeyID != nil {
			k.byKeyID[string(c.SubjectKeyID)] = append(k.byKeyID[string(c.SubjectKeyID)], c)
		}
	}
	return k
}

// Certificates returns the keyring's certificates in the order in which they
// were given.
func (k *Keyring) Certificates() []*Certificate { return append([]*Certificate(nil), k.certs...) }

// find returns the certificates that may be a signer's. The DER of an issuer
// includes its length, so issuer and serial number joined are unambiguous.
func (k *Keyring) find(s *cms.Signer) []*Certificate {
	if s.KeyID != nil {
		return k.byKeyID[string(s.KeyID)]
	}
	return k.bySerial[string(s.Issuer)+string(s.Serial)]
}
