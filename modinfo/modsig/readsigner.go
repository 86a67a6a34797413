package modsig

import (
	"crypto"
	"errors"

	"github.com/gokmod/gokmod/internal/openfile"
)

// maxKeyFile bounds the file of a private key in bytes. The longest key that is accepted
// has some ten kilobytes.
const maxKeyFile = 1 << 20

// ReadSigner returns a Signer for the key and the certificate in two files of this machine:
// see [ParseKey] and [ParseCertificates] for what they may contain. Both may be the same,
// as the kernel's signing_key.pem. Of several certificates it is the one of the key. The
// error is an [*Error] that names the file, and otherwise as for [NewSigner].
func ReadSigner(keyFile, certFile string, opts *SignOptions) (*Signer, error) {
	s := Signer{}
	if opts != nil {
		s.opts = *opts
	}
	if err := s.setHash(); err != nil {
		return nil, err
	}
	var err error
	if s.key, err = readKey(keyFile); err != nil {
		return nil, err
	}
	certs, err := ReadKeyring(certFile)
	if err != nil {
		return nil, err
	}
	for _, s.cert = range certs.certs {
		if err = s.check(); !errors.Is(err, ErrOtherKey) {
			break
		}
	}
	if err != nil {
		return nil, inFile(certFile, err)
	}
	return &s, nil
}

func readKey(path string) (crypto.Signer, error) {
	f, info, err := openfile.Open(path)
	if err != nil {
		return nil, &Error{Path: path, Err: err}
	}
	defer f.Close()
	data, err := readAll(nil, f, info.Size(), maxKeyFile)
	if err != nil {
		return nil, err.(*Error).in(path)
	}
	key, err := ParseKey(data)
	if err != nil {
		return nil, err.(*Error).in(path)
	}
	return key, nil
}
