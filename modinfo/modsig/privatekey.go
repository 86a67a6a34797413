package modsig

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/pem"
	"math/big"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/internal/cms"
)

// ParseKey reads a private key, RSA or ECDSA, in the forms PKCS#1, PKCS#8 and SEC 1: in
// PEM with other data around it, such as the certificate in the kernel's signing_key.pem,
// or in DER. Of several keys it is the first. The key is an *rsa.PrivateKey or an
// *ecdsa.PrivateKey.
//
// The error is an [*Error]. It wraps ErrKey if there is no key, or one that is damaged
// or encrypted, and ErrUnsupported if kernels do not accept signatures of its kind.
func ParseKey(data []byte) (crypto.Signer, error) {
	if isDER(data) || bytes.HasPrefix(data, []byte{0x30}) && !bytes.Contains(data, []byte("-----BEGIN ")) {
		return parsePrivateKey(data) // that of an elliptic curve may have less than 128 bytes
	}
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, refuse(ErrKey, "there is none in it")
		}
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		if strings.HasPrefix(block.Type, "ENCRYPTED") || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return nil, refuse(ErrKey, "it is encrypted; decrypt it first, for example with openssl pkey")
		}
		return parsePrivateKey(block.Bytes)
	}
}

func parsePrivateKey(der []byte) (crypto.Signer, error) {
	key, err := cms.ParsePrivateKey(der)
	if err != nil {
		return nil, refuse(ErrKey, err.Error())
	}
	a := key.Algorithm
	switch {
	case key.RSA != nil && (a.OID == "" || a.OID == oidRSA):
		return privateRSA(key.RSA)
	case key.Scalar != nil && a.OID == "":
		return privateEC(key.Curve, key.Scalar)
	case key.Scalar != nil && a.OID == oidEC:
		return privateEC(a.Params, key.Scalar)
	case a.OID == oidRSA || a.OID == oidEC:
		return nil, refuse(ErrKey, "it is not of the kind that it says")
	}
	return nil, unsupportedKey("of the algorithm " + a.OID)
}

// privateRSA makes a key of its modulus, exponents and primes.
func privateRSA(numbers [][]byte) (crypto.Signer, error) {
	var n [5]*big.Int
	for i := range n {
		if n[i] = new(big.Int).SetBytes(numbers[i]); n[i].BitLen() > maxRSABits {
			return nil, unsupportedKey("RSA " + strconv.Itoa(n[i].BitLen()))
		}
	}
	public, kind := publicRSA(n[0], n[1])
	if public == nil {
		return nil, unsupportedKey(kind)
	}
	key := &rsa.PrivateKey{PublicKey: *public, D: n[2], Primes: n[3:]}
	key.Precompute()
	if err := key.Validate(); err != nil {
		return nil, refuse(ErrKey, err.Error())
	}
	return key, nil
}

// privateEC makes a key of its scalar, in front of which zeros may be missing or added.
func privateEC(params, scalar []byte) (crypto.Signer, error) {
	curve, kind, err := curveOf(params)
	switch {
	case err != nil:
		return nil, refuse(ErrKey, err.Error())
	case curve == nil:
		return nil, unsupportedKey(kind)
	}
	size := (curve.Params().BitSize + 7) / 8
	scalar = bytes.TrimLeft(scalar, "\x00")
	if len(scalar) > size {
		return nil, refuse(ErrKey, "it is too long for its curve")
	}
	key, err := ecdsa.ParseRawPrivateKey(curve, append(make([]byte, size-len(scalar)), scalar...))
	if err != nil {
		return nil, refuse(ErrKey, err.Error())
	}
	return key, nil
}

func unsupportedKey(kind string) *Error { return refuse(ErrUnsupported, "the private key is "+kind) }
