package modsig

import (
	"crypto"
	_ "crypto/sha1"   // for [crypto.Hash.New]
	_ "crypto/sha256" //
	_ "crypto/sha3"   //
	_ "crypto/sha512" //
	"sync"

	"github.com/gokmod/gokmod/internal/cms"
)

// digestOf returns the digest of that name, 0 for an unknown one.
func digestOf(name string) crypto.Hash {
	switch name {
	case "sha1":
		return crypto.SHA1
	case "sha224":
		return crypto.SHA224
	case "sha256":
		return crypto.SHA256
	case "sha384":
		return crypto.SHA384
	case "sha512":
		return crypto.SHA512
	case "sha3-256":
		return crypto.SHA3_256
	case "sha3-384":
		return crypto.SHA3_384
	case "sha3-512":
		return crypto.SHA3_512
	}
	return 0
}

// ecdsaAlgorithms are the ECDSA signature algorithms by their digests.
var ecdsaAlgorithms = [...]struct{ oid, digest string }{
	{"1.2.840.10045.4.1", "sha1"},
	{"1.2.840.10045.4.3.1", "sha224"},
	{"1.2.840.10045.4.3.2", "sha256"},
	{"1.2.840.10045.4.3.3", "sha384"},
	{"1.2.840.10045.4.3.4", "sha512"},
	{"2.16.840.1.101.3.4.3.10", "sha3-256"},
	{"2.16.840.1.101.3.4.3.11", "sha3-384"},
	{"2.16.840.1.101.3.4.3.12", "sha3-512"},
}

// ecdsaDigest is the digest of an ECDSA signature algorithm, "" for another
// algorithm.
func ecdsaDigest(oid string) string {
	for _, a := range ecdsaAlgorithms {
		if a.oid == oid {
			return a.digest
		}
	}
	return ""
}

// ecdsaOID is the ECDSA signature algorithm for a digest, "" if there is none.
func ecdsaOID(digest string) string {
	for _, a := range ecdsaAlgorithms {
		if a.digest == digest {
			return a.oid
		}
	}
	return ""
}

// digests computes the digests of a body, each once.
type digests struct {
	body module
	done map[crypto.Hash][]byte
	read int64 // bytes read of the body, counted again for each digest
}

// piece is how much of a file is in memory at a time, in bytes.
const piece = 64 << 10

var pieces = sync.Pool{New: func() any { return new([piece]byte) }}

func (d *digests) sum(h crypto.Hash) ([]byte, error) {
	if done := d.done[h]; done != nil {
		return done, nil
	}
	w, buf := h.New(), pieces.Get().(*[piece]byte)
	defer pieces.Put(buf)
	for at := int64(0); at < d.body.size; {
		b := buf[:min(piece, d.body.size-at)]
		if n, err := d.body.r.ReadAt(b, at); n < len(b) {
			return nil, readError(err)
		}
		w.Write(b)
		at += int64(len(b))
		d.read += int64(len(b))
	}
	if d.done == nil {
		d.done = map[crypto.Hash][]byte{}
	}
	d.done[h] = w.Sum(nil)
	return d.done[h], nil
}

func sum(h crypto.Hash, data []byte) []byte {
	w := h.New()
	w.Write(data)
	return w.Sum(nil)
}

// digest returns the digest that a signer uses, which must not have parameters.
func digest(s *cms.Signer, opts *Options) (crypto.Hash, error) {
	name := cms.DigestName(s.Digest.OID)
	h := digestOf(name)
	switch {
	case h == 0:
		return 0, refuse(ErrUnsupported, "the digest is "+name)
	case !s.Digest.Plain():
		return 0, refuse(ErrUnsupported, "the digest "+name+" has parameters")
	case h == crypto.SHA1 && !opts.AllowSHA1:
		return 0, refuse(ErrWeakDigest, "")
	}
	return h, nil
}
