package modsig

import (
	"bytes"

	"github.com/gokmod/gokmod/internal/trailer"
)

// maxLayers bounds how many signatures are behind each other in a module: those that
// sign-file makes of one that is signed already.
const maxLayers = 16

// Strip returns the part of a module in memory that is before its signature, whatever
// kind of signature that is; and before several of them, as sign-file appends another one
// to a module that is signed already. A module without a signature is returned as it is.
// The error is an [*Error], which wraps ErrDamaged if the module ends like a signed one but
// is too short for the signature.
func Strip(image []byte) ([]byte, error) {
	m, err := module{bytes.NewReader(image), int64(len(image))}.strip()
	if err != nil {
		return nil, err
	}
	return image[:m.size], nil
}

// strip is [Strip] for a module anywhere.
func (m module) strip() (module, error) {
	for range maxLayers {
		rest := m.size - int64(trailer.Size)
		if rest < 0 {
			return m, nil
		}
		end, err := m.read(rest, int64(trailer.Size))
		if err != nil {
			return module{}, err
		}
		t, ok := trailer.Parse(end)
		if !ok {
			return m, nil
		}
		length := int64(t.SignerLen) + int64(t.KeyIDLen) + int64(t.SignatureLen)
		if length >= rest {
			return module{}, refuse(ErrDamaged, "it is longer than the module")
		}
		m.size = rest - length
	}
	return module{}, refuse(ErrDamaged, "there are too many of them")
}
