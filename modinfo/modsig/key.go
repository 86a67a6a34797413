package modsig

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"math/big"
	"strconv"

	"github.com/gokmod/gokmod/internal/cms"
)

const (
	oidRSA = "1.2.840.113549.1.1.1"
	oidEC  = "1.2.840.10045.2.1"
)

// Bounds for RSA keys. Shorter keys can be broken, longer ones are slow to
// compute with.
const (
	minRSABits = 1024
	maxRSABits = 16384
)

// parseKey reads the public key of a certificate. A key of an unknown kind is
// nil, without an error.
func parseKey(a cms.Algorithm, key []byte) (crypto.PublicKey, string, error) {
	switch a.OID {
	case oidRSA:
		return parseRSA(a, key)
	case oidEC:
		return parseEC(a, key)
	}
	return nil, a.OID, nil
}

func parseRSA(a cms.Algorithm, der []byte) (crypto.PublicKey, string, error) {
	modulus, exponent, err := cms.ParseRSAKey(der)
	if err != nil {
		return nil, "", err
	}
	if !a.Null() {
		return nil, "RSA with parameters other than NULL", nil
	}
	public, kind := publicRSA(new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent))
	if public == nil {
		return nil, kind, nil
	}
	return public, kind, nil
}

// publicRSA makes a key of its numbers, and names its kind. It is nil for numbers that
// are out of bounds.
func publicRSA(n, e *big.Int) (*rsa.PublicKey, string) {
	kind := "RSA " + strconv.Itoa(n.BitLen())
	if n.BitLen() < minRSABits || n.BitLen() > maxRSABits || n.Bit(0) == 0 ||
		e.BitLen() > 31 || e.BitLen() < 2 || e.Bit(0) == 0 {
		return nil, kind
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, kind
}

func parseEC(a cms.Algorithm, point []byte) (crypto.PublicKey, string, error) {
	curve, kind, err := curveOf(a.Params)
	if curve == nil || err != nil {
		return nil, kind, err
	}
	if len(point) > 0 && (point[0] == 2 || point[0] == 3) {
		return nil, kind + ", compressed", nil
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil, "", err
	}
	return key, kind, nil
}

// curveOf returns the curve that parameters name, and the kind of its keys. Of another
// one it returns the kind only. Explicit parameters and compressed points are kinds that
// no kernel accepts for modules either.
func curveOf(params []byte) (elliptic.Curve, string, error) {
	if bytes.HasPrefix(params, []byte{0x30}) {
		return nil, "ECDSA with explicit parameters", nil
	}
	oid, err := cms.ParseOID(params)
	if err != nil {
		return nil, "", err
	}
	for _, known := range []struct {
		oid   string
		curve elliptic.Curve
	}{
		{"1.2.840.10045.3.1.7", elliptic.P256()},
		{"1.3.132.0.34", elliptic.P384()},
		{"1.3.132.0.35", elliptic.P521()},
	} {
		if oid == known.oid {
			return known.curve, "ECDSA " + known.curve.Params().Name, nil
		}
	}
	return nil, "ECDSA " + oid, nil
}
