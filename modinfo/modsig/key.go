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
	n, e := new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent)
	kind := "RSA " + strconv.Itoa(n.BitLen())
	if n.BitLen() < minRSABits || n.BitLen() > maxRSABits || n.Bit(0) == 0 ||
		e.BitLen() > 31 || e.BitLen() < 2 || e.Bit(0) == 0 {
		return nil, kind, nil
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, kind, nil
}

// Explicit curve parameters and compressed points are kinds that no kernel
// accepts for modules either.
func parseEC(a cms.Algorithm, point []byte) (crypto.PublicKey, string, error) {
	if bytes.HasPrefix(a.Params, []byte{0x30}) {
		return nil, "ECDSA with explicit parameters", nil
	}
	oid, err := cms.ParseOID(a.Params)
	if err != nil {
		return nil, "", err
	}
	var curve elliptic.Curve
	switch oid {
	case "1.2.840.10045.3.1.7":
		curve = elliptic.P256()
	case "1.3.132.0.34":
		curve = elliptic.P384()
	case "1.3.132.0.35":
		curve = elliptic.P521()
	default:
		return nil, "ECDSA " + oid, nil
	}
	if len(point) > 0 && (point[0] == 2 || point[0] == 3) {
		return nil, "ECDSA " + curve.Params().Name + ", compressed", nil
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil, "", err
	}
	return key, "ECDSA " + curve.Params().Name, nil
}
