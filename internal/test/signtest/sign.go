package signtest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	_ "crypto/sha1"   // for [crypto.Hash.New]
	_ "crypto/sha256" //
	_ "crypto/sha3"   //
	_ "crypto/sha512" //

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/trailer"
)

// Options says how to sign. The zero value signs as sign-file does, with
// SHA-256.
type Options struct {
	Hash  crypto.Hash // 0 means SHA-256
	KeyID bool        // identify the signer by key id

	// Attributes adds signed attributes; AttrDigest, if not nil, replaces the
	// digest in them.
	Attributes bool
	AttrDigest []byte

	// MoreAttributes are the DER of further attributes, which follow these.
	MoreAttributes [][]byte

	Embed bool // include the certificate in the signature

	// Content is included in the signature.
	Content []byte

	// Others sign too.
	Others []*Key
}

// Sign returns image with a signature appended.
func (k *Key) Sign(t modtest.TB, image []byte, opts *Options) []byte {
	t.Helper()
	return Append(image, k.SignedData(t, image, opts))
}

// Append appends a signature and the trailer to a module.
func Append(image, signature []byte) []byte {
	b := append(append([]byte(nil), image...), signature...)
	return trailer.Trailer{Kind: trailer.PKCS7, SignatureLen: uint32(len(signature))}.Append(b)
}

// SignedData returns the signature in DER.
func (k *Key) SignedData(t modtest.TB, image []byte, opts *Options) []byte {
	t.Helper()
	if opts == nil {
		opts = &Options{}
	}
	hash := opts.Hash
	if hash == 0 {
		hash = crypto.SHA256
	}
	version := byte(1)
	if opts.KeyID {
		version = 3
	}
	algorithm := tlv(tagSequence, digestOID(hash))
	info := tlv(tagSequence, oid(1, 2, 840, 113549, 1, 7, 1))
	if opts.Content != nil {
		info = tlv(tagSequence, oid(1, 2, 840, 113549, 1, 7, 1), tlv(tagInside0, tlv(tagOctets, opts.Content)))
	}
	var certs []byte
	if opts.Embed {
		certs = tlv(tagInside0, k.Cert.Raw)
	}
	var signers []byte
	for _, key := range append([]*Key{k}, opts.Others...) {
		signers = append(signers, key.signerInfo(t, image, hash, version, opts)...)
	}
	return tlv(tagSequence, oid(1, 2, 840, 113549, 1, 7, 2), tlv(tagInside0, tlv(tagSequence,
		tlv(tagInteger, []byte{version}), tlv(tagSet, algorithm), info, certs, tlv(tagSet, signers))))
}

func (k *Key) signerInfo(t modtest.TB, image []byte, hash crypto.Hash, version byte, opts *Options) []byte {
	t.Helper()
	id := tlv(tagSequence, k.Cert.RawIssuer, tlv(tagInteger, signed(k.Cert.SerialNumber.Bytes())))
	if opts.KeyID {
		id = tlv(tagContext0, k.Cert.SubjectKeyId)
	}
	sum := digest(hash, image)
	var attrs []byte
	if opts.Attributes {
		attrs = attributes(sum, opts)
		sum = digest(hash, tlv(tagSet, attrs))
		attrs = tlv(tagInside0, attrs)
	}
	value, err := k.Private.Sign(rand.Reader, sum, hash)
	if err != nil {
		t.Fatal(err)
	}
	return tlv(tagSequence, tlv(tagInteger, []byte{version}), id, tlv(tagSequence, digestOID(hash)), attrs,
		k.algorithm(hash), tlv(tagOctets, value))
}

// attributes are the type of the content and its digest, in the order of DER.
func attributes(sum []byte, opts *Options) []byte {
	if opts.AttrDigest != nil {
		sum = opts.AttrDigest
	}
	kind := tlv(tagSequence, oid(1, 2, 840, 113549, 1, 9, 3), tlv(tagSet, oid(1, 2, 840, 113549, 1, 7, 1)))
	kind = append(kind, tlv(tagSequence, oid(1, 2, 840, 113549, 1, 9, 4), tlv(tagSet, tlv(tagOctets, sum)))...)
	return append(kind, bytes.Join(opts.MoreAttributes, nil)...)
}

// algorithm is the algorithm of the signature.
func (k *Key) algorithm(hash crypto.Hash) []byte {
	if _, ok := k.Private.(*ecdsa.PrivateKey); !ok {
		return tlv(tagSequence, oid(1, 2, 840, 113549, 1, 1, 1), tlv(tagNull))
	}
	switch hash {
	case crypto.SHA1:
		return tlv(tagSequence, oid(1, 2, 840, 10045, 4, 1))
	case crypto.SHA3_256:
		return tlv(tagSequence, oid(2, 16, 840, 1, 101, 3, 4, 3, 10))
	case crypto.SHA3_384:
		return tlv(tagSequence, oid(2, 16, 840, 1, 101, 3, 4, 3, 11))
	case crypto.SHA3_512:
		return tlv(tagSequence, oid(2, 16, 840, 1, 101, 3, 4, 3, 12))
	}
	last := map[crypto.Hash]int{crypto.SHA224: 1, crypto.SHA256: 2, crypto.SHA384: 3, crypto.SHA512: 4}[hash]
	return tlv(tagSequence, oid(1, 2, 840, 10045, 4, 3, last))
}

func digestOID(hash crypto.Hash) []byte {
	if hash == crypto.SHA1 {
		return oid(1, 3, 14, 3, 2, 26)
	}
	last := map[crypto.Hash]int{crypto.SHA256: 1, crypto.SHA384: 2, crypto.SHA512: 3, crypto.SHA224: 4,
		crypto.SHA3_256: 8, crypto.SHA3_384: 9, crypto.SHA3_512: 10}[hash]
	return oid(2, 16, 840, 1, 101, 3, 4, 2, last)
}

func digest(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// signed adds the zero byte that a positive number may need before it.
func signed(b []byte) []byte {
	if len(b) == 0 || b[0] >= 0x80 {
		return append([]byte{0}, b...)
	}
	return b
}
