package modsig

import (
	"io"
	"strconv"

	"github.com/gokmod/gokmod/internal/cms"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/trailer"
)

// Bounds for the signature and for a signer's identification, which errors show, in
// bytes. Real signatures have less than a kilobyte.
const (
	maxSignature = 1 << 20
	maxSigner    = 4 << 10
)

// derSet begins signed attributes when they are signed. If they were the body, a
// signature over them would pass for one without any (RFC 5652, section 5.4); no
// module begins like that.
const derSet = 0x31

// module is an uncompressed module.
type module struct {
	r    io.ReaderAt
	size int64
}

// read reads n bytes at an offset, which the module must have.
func (m module) read(at, n int64) ([]byte, error) {
	b := make([]byte, n)
	if got, err := m.r.ReadAt(b, at); got < len(b) {
		return nil, readError(err)
	}
	return b, nil
}

// readError is the error of a file that cannot be read, or not up to its earlier end.
func readError(err error) *Error {
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return &Error{Err: openfile.Cause(err)}
}

// unsigned is the error of a module without a signature, or of what is not a module.
func (m module) unsigned() error {
	const magic = "\x7fELF"
	if begin, err := m.read(0, min(m.size, int64(len(magic)))); err == nil && string(begin) != magic {
		return refuse(ErrUnsigned, "it does not begin as an ELF file, so it is not a module")
	}
	return refuse(ErrUnsigned, "")
}

// split separates a module into the signed part and the signature, and reads only
// the signature.
func (m module) split() (body module, signature []byte, err error) {
	rest := m.size - int64(trailer.Size)
	if rest < 0 {
		return module{}, nil, m.unsigned()
	}
	end, err := m.read(rest, int64(trailer.Size))
	if err != nil {
		return module{}, nil, err
	}
	t, ok := trailer.Parse(end)
	if !ok {
		return module{}, nil, m.unsigned()
	}
	length := int64(t.SignatureLen)
	switch {
	case t.Kind != trailer.PKCS7:
		return module{}, nil, refuse(ErrUnsupported, "it is of kind "+strconv.Itoa(int(t.Kind))+", not PKCS#7")
	case !t.Unused():
		return module{}, nil, refuse(ErrDamaged, "fields of its trailer should be zero but are not")
	case length >= rest:
		return module{}, nil, refuse(ErrDamaged, "it is longer than the module")
	case length > maxSignature:
		return module{}, nil, refuse(ErrDamaged, "it is too long")
	}
	first, err := m.read(0, 1)
	if err == nil && first[0] == derSet {
		err = refuse(ErrDamaged, "it may sign attributes rather than a module")
	}
	if err == nil {
		signature, err = m.read(rest-length, length)
	}
	if err != nil {
		return module{}, nil, err
	}
	return module{m.r, rest - length}, signature, nil
}

// parse reads a signature and checks that it has the form that the kernel
// accepts for modules.
func parse(signature []byte) (*cms.SignedData, error) {
	data, rest, err := cms.Parse(signature)
	switch {
	case err != nil:
		return nil, refuse(ErrDamaged, err.Error())
	case len(rest) > 0:
		return nil, refuse(ErrDamaged, strconv.Itoa(len(rest))+" bytes follow it")
	case data.ContentType != cms.OIDData:
		return nil, refuse(ErrUnsupported, "its content is of type "+data.ContentType)
	case !data.Detached:
		return nil, refuse(ErrUnsupported, "it has a content of its own")
	case data.Revocations:
		return nil, refuse(ErrUnsupported, "it has revocation lists")
	}
	for i := range data.Signers {
		if s := &data.Signers[i]; len(s.Issuer)+len(s.Serial)+len(s.KeyID) > maxSigner {
			return nil, refuse(ErrDamaged, "the name of a signer is too long")
		}
	}
	if err := checkVersions(data); err != nil {
		return nil, err
	}
	return data, checkDigests(data)
}

// checkVersions checks that versions match the way signers are identified: 1 by
// issuer and serial number, 3 by key id. The version of the whole is the highest
// of them.
func checkVersions(data *cms.SignedData) error {
	highest := 1
	for i := range data.Signers {
		s, want := &data.Signers[i], 1
		if s.KeyID != nil {
			want = 3
		}
		if s.Version != want {
			return refuse(ErrDamaged, "a signer of version "+strconv.Itoa(s.Version)+" should be of version "+strconv.Itoa(want))
		}
		highest = max(highest, want)
	}
	if data.Version != highest {
		return refuse(ErrDamaged, "it is of version "+strconv.Itoa(data.Version)+" and should be of version "+strconv.Itoa(highest))
	}
	return nil
}

// checkDigests checks that the list of digests has those of the signers, each
// once and without parameters, and no others.
func checkDigests(data *cms.SignedData) error {
	listed := map[string]bool{}
	for _, a := range data.Digests {
		name := cms.DigestName(a.OID)
		switch {
		case listed[a.OID]:
			return refuse(ErrDamaged, "its list of digests has "+name+" twice")
		case !a.Plain():
			return refuse(ErrUnsupported, "the digest "+name+" has parameters")
		}
		listed[a.OID] = true
	}
	used := map[string]bool{}
	for i := range data.Signers {
		oid := data.Signers[i].Digest.OID
		if !listed[oid] {
			return refuse(ErrDamaged, "its list of digests lacks "+cms.DigestName(oid))
		}
		used[oid] = true
	}
	for _, a := range data.Digests {
		if !used[a.OID] {
			return refuse(ErrDamaged, "its list of digests has "+cms.DigestName(a.OID)+", which no signer uses")
		}
	}
	return nil
}
