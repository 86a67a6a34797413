package modsig

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"io"
	"strconv"

	"github.com/gokmod/gokmod/internal/cms"
	"github.com/gokmod/gokmod/internal/trailer"
	"github.com/gokmod/gokmod/modinfo"
)

// SignOptions are the options for signing. The zero value, or nil, means the defaults,
// which are those that every kernel accepts.
type SignOptions struct {
	// HashAlgo is the digest by the name that Verified.HashAlgo has, and sign-file
	// accepts: "sha256", "sha384", "sha512", "sha224", "sha1", "sha3-256", "sha3-384"
	// or "sha3-512". "" means "sha256". The kernel that is to verify must have it.
	HashAlgo string

	// KeyID identifies the signer by the certificate's subject key id, as sign-file -k
	// does, instead of by its issuer and serial number.
	KeyID bool

	// MaxSize limits the size of a module's file, and that of a compressed module, as in
	// Options. 0 means modinfo.DefaultMaxSize.
	MaxSize int64
}

// Signer signs modules with one key, as sign-file of the kernel's build does. It is safe
// for concurrent use if its key is, as those of ParseKey are.
type Signer struct {
	key  crypto.Signer
	cert *Certificate
	hash crypto.Hash
	opts SignOptions
}

// NewSigner returns a Signer for a key and its certificate. The key may be one that
// [ParseKey] returned, or any other that is known as a crypto.Signer, for example in a TPM
// or an HSM. The certificate must come from a function of this package.
//
// Like sign-file, and unlike [Keyring.Verify], it does not look at the certificate's
// validity, which kernels do not know: Certificate.NotAfter says when it expires.
//
// The error is an [*Error]. It wraps ErrOtherKey if the key does not belong to the
// certificate, ErrUnsupported if it is neither an RSA nor an ECDSA key, or the digest
// unknown, ErrCertificate if the certificate lacks the subject key id that the options ask
// for, and ErrKey or ErrNoCertificate if one of them is nil.
func NewSigner(key crypto.Signer, cert *Certificate, opts *SignOptions) (*Signer, error) {
	s := &Signer{key: key, cert: cert}
	if opts != nil {
		s.opts = *opts
	}
	if err := s.setHash(); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, nil
}

// setHash finds the digest of the options.
func (s *Signer) setHash() error {
	s.opts.HashAlgo = cmp.Or(s.opts.HashAlgo, "sha256")
	if s.hash = digestOf(s.opts.HashAlgo); s.hash == 0 {
		return refuse(ErrUnsupported, "the digest is "+strconv.Quote(s.opts.HashAlgo))
	}
	return nil
}

// check checks that key, certificate and options go together.
func (s *Signer) check() error {
	switch {
	case s.key == nil:
		return refuse(ErrKey, "there is none")
	case s.cert == nil:
		return refuse(ErrNoCertificate, "")
	}
	public, _ := s.cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	switch {
	case public == nil:
		return refuse(ErrUnsupported, "the key of "+s.cert.Subject+" is of type "+s.cert.KeyType)
	case !public.Equal(s.key.Public()):
		return refuse(ErrOtherKey, "that of "+s.cert.Subject)
	case s.cert.issuer == "":
		return refuse(ErrCertificate, "it was not read by this package")
	case s.opts.KeyID && s.cert.SubjectKeyID == nil:
		return refuse(ErrCertificate, "that of "+s.cert.Subject+" has no subject key id")
	}
	return nil
}

// Certificate returns the certificate that the signatures name.
func (s *Signer) Certificate() *Certificate { return s.cert }

// Sign returns a signed copy of a module in memory, which is not compressed: the bytes
// that sign-file makes of it. A module that is signed already is signed anew: [Strip]
// says what is removed first. The error is an [*Error], which wraps modinfo.ErrFormat if
// image is not a module.
func (s *Signer) Sign(image []byte) ([]byte, error) {
	body, err := module{bytes.NewReader(image), int64(len(image))}.toSign()
	if err != nil {
		return nil, err
	}
	image = image[:body.size]
	signature, err := s.sign(sum(s.hash, image))
	if err != nil {
		return nil, err
	}
	return append(image[:len(image):len(image)], asTail(signature)...), nil
}

// Signature returns the bare signature of everything that r reads, as sign-file -d
// writes it: a detached CMS signature in DER.
func (s *Signer) Signature(r io.Reader) ([]byte, error) {
	w := s.hash.New()
	if _, err := io.Copy(w, r); err != nil {
		return nil, readError(err)
	}
	return s.sign(w.Sum(nil))
}

// asTail completes a signature that is to follow a module.
func asTail(signature []byte) []byte {
	return trailer.Trailer{Kind: trailer.PKCS7, SignatureLen: uint32(len(signature))}.Append(signature)
}

// toSign returns the part of a module that is to be signed.
func (m module) toSign() (module, error) {
	m, err := m.strip()
	if err != nil {
		return module{}, err
	}
	if m.size == 0 {
		return module{}, refuse(modinfo.ErrEmpty, "")
	}
	magic, err := m.read(0, min(m.size, int64(len(elfMagic))))
	if err == nil && string(magic) != elfMagic {
		err = refuse(modinfo.ErrNotELF, "")
	}
	return m, err
}

// elfMagic begins every module.
const elfMagic = "\x7fELF"

// sign makes the signature of a body with that digest, and verifies it: a key outside
// of this program may have failed, or be another than it says.
func (s *Signer) sign(sum []byte) ([]byte, error) {
	value, err := s.key.Sign(rand.Reader, sum, s.hash)
	if err != nil {
		return nil, &Error{Err: err}
	}
	signer := cms.Signer{
		Version: 1, Issuer: []byte(s.cert.issuer), Serial: []byte(s.cert.serial),
		Digest: cms.Algorithm{OID: cms.DigestOID(s.opts.HashAlgo)}, Algorithm: s.algorithm(), Value: value,
	}
	if s.opts.KeyID {
		signer.Version, signer.KeyID = 3, s.cert.SubjectKeyID
	}
	if err := checkSignature(s.cert, &signer, signed{s.hash, sum}); err != nil {
		return nil, refuse(ErrOtherKey, "it made a signature that is not good")
	}
	data := cms.SignedData{
		Version: signer.Version, Digests: []cms.Algorithm{signer.Digest}, ContentType: cms.OIDData,
		Signers: []cms.Signer{signer},
	}
	return data.Marshal(), nil
}

// algorithm is the algorithm of the signatures.
func (s *Signer) algorithm() cms.Algorithm {
	if _, ok := s.cert.PublicKey.(*ecdsa.PublicKey); ok {
		return cms.Algorithm{OID: ecdsaOID(s.opts.HashAlgo)}
	}
	return cms.Algorithm{OID: oidRSA, Params: cms.NoParams()}
}
