package modsig

import (
	"bytes"
	"errors"

	"github.com/gokmod/gokmod/internal/cms"
)

// Verified is what is known about a module whose signature is good.
type Verified struct {
	// Certificate is the certificate of the keyring whose key signed.
	Certificate *Certificate

	// HashAlgo is the digest, such as "sha256".
	HashAlgo string

	// SignedSize is how many bytes at the start of the uncompressed module are
	// signed: all but the signature.
	SignedSize int64
}

// Verify verifies the signature of a module in memory. image is not compressed:
// exactly these bytes are verified, and a compressed file counts as unsigned.
// See [Keyring.VerifyData] for the contents of files. The error is an *[Error].
func (k *Keyring) Verify(image []byte, opts *Options) (*Verified, error) {
	return k.verify(module{bytes.NewReader(image), int64(len(image))}, opts)
}

func (k *Keyring) verify(m module, opts *Options) (*Verified, error) {
	if opts == nil {
		opts = &Options{}
	}
	body, signature, err := m.split()
	if err != nil {
		return nil, err
	}
	data, err := parse(signature)
	if err != nil {
		return nil, err
	}
	v := verifier{keys: k, opts: opts, data: data, digests: digests{body: body}}
	return v.verify()
}

// Verifier returns a function for the Verify field of a kmod.LoaderConfig: it
// accepts modules that [Keyring.Verify] accepts.
func (k *Keyring) Verifier(opts *Options) func(name string, image []byte) error {
	return func(_ string, image []byte) error {
		_, err := k.Verify(image, opts)
		return err
	}
}

// verifier verifies one module.
type verifier struct {
	keys    *Keyring
	opts    *Options
	data    *cms.SignedData
	digests digests
}

// verify looks for a trusted signer. As in the kernel, others may be unknown,
// but not wrong.
func (v *verifier) verify() (*Verified, error) {
	var found *Verified
	var reason error
	for i := range v.data.Signers {
		s := &v.data.Signers[i]
		cert, err := v.signer(s)
		switch {
		case err == nil && found == nil:
			found = &Verified{cert, cms.DigestName(s.Digest.OID), v.digests.body.size}
		case err != nil && !uncounted(err):
			return nil, err
		case reason == nil:
			reason = err
		}
	}
	if found == nil {
		return nil, reason
	}
	return found, nil
}

// uncounted reports whether an error means that a signer does not count, rather
// than that the signature is wrong.
func uncounted(err error) bool {
	return errors.Is(err, ErrUnknownKey) || errors.Is(err, ErrUnsupported) || errors.Is(err, ErrExpired) ||
		errors.Is(err, ErrWeakDigest)
}

// signer finds the certificate of a signer and verifies its signature.
func (v *verifier) signer(s *cms.Signer) (*Certificate, error) {
	cert, err := v.trusted(s)
	if err == nil {
		return cert, nil
	}
	e := err.(*Error)
	if s.KeyID != nil {
		e.KeyID = hexText(s.KeyID)
	} else {
		e.Issuer, e.Serial = nameText(s.Issuer), hexText(cms.Number(s.Serial))
	}
	return nil, e
}

func (v *verifier) trusted(s *cms.Signer) (*Certificate, error) {
	certs := v.keys.find(s)
	if len(certs) == 0 {
		return nil, refuse(ErrUnknownKey, "")
	}
	signed, err := v.signedDigest(s)
	if err != nil {
		return nil, err
	}
	var first error
	for _, c := range certs {
		err := checkSignature(c, s, signed)
		if err == nil && !v.opts.IgnoreValidity {
			if why := c.valid(v.opts.now()); why != "" {
				err = refuse(ErrExpired, why)
			}
		}
		if err == nil {
			return c, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}
