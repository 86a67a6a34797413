package modinfo

import (
	"errors"
	"io"

	"github.com/gokmod/gokmod/internal/trailer"
)

// Signature is the signature of a module, as the kernel build's sign-file
// appends it:
//
//	module    SignedSize bytes, the signed part
//	signer    plain bytes, empty for PKCS#7
//	key id    plain bytes, empty for PKCS#7
//	signature DER for PKCS#7
//	info      12 bytes: algorithm, hash, id type, length of signer, length of
//	          key id, three of padding, length of the signature (big-endian)
//	marker    "~Module signature appended~\n"
//
// See admin-guide/module-signing of the kernel's documentation.
type Signature struct {
	// ID is the kind of signature: "PKCS#7", "PGP", "X509" or "unknown".
	ID string

	// Signer is the common name of the certificate's issuer.
	Signer string

	// Key identifies the certificate: its serial number, or its key id.
	Key []byte

	// HashAlgo is the digest, such as "sha256".
	HashAlgo string

	// Value is the signature itself.
	Value []byte

	// Raw is the whole signature block, the DER of the SignedData for PKCS#7.
	Raw []byte

	// SignedSize is the number of bytes at the start of the uncompressed
	// module that are signed.
	SignedSize int64

	// Err says what is wrong with the block; a kernel that checks signatures
	// refuses the module for it. If the block cannot be read, the other fields are
	// empty.
	Err error
}

// maxSignature bounds the block; real ones have less than a kilobyte.
const maxSignature = 1 << 20

// errSignature is the reason when the lengths do not fit the file.
var errSignature = errors.New("the signature block is damaged")

// errTrailer is the reason when a PKCS#7 signature uses fields of older kinds of
// signatures.
var errTrailer = errors.New("fields of its trailer should be zero but are not")

// readSignature examines the end of an uncompressed module. It returns nil for
// an unsigned module.
func readSignature(r io.ReaderAt, size int64) (*Signature, error) {
	if size < int64(trailer.Size) {
		return nil, nil
	}
	end := make([]byte, trailer.Size)
	if _, err := r.ReadAt(end, size-int64(trailer.Size)); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	t, ok := trailer.Parse(end)
	if !ok {
		return nil, nil
	}
	signerLen, keyLen := int64(t.SignerLen), int64(t.KeyIDLen)
	total := signerLen + keyLen + int64(t.SignatureLen)
	sig := &Signature{ID: signatureID(t.Kind), SignedSize: size - int64(trailer.Size)}
	if total > maxSignature || total > sig.SignedSize {
		sig.Err = errSignature
		return sig, nil
	}
	sig.SignedSize -= total
	block := make([]byte, total)
	if _, err := r.ReadAt(block, sig.SignedSize); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	sig.Raw = block[signerLen+keyLen:]
	if t.Kind == trailer.PKCS7 {
		if sig.Err = sig.parsePKCS7(sig.Raw); sig.Err == nil && !t.Unused() {
			sig.Err = errTrailer
		}
		return sig, nil
	}
	sig.Signer, sig.Key = string(block[:signerLen]), block[signerLen:signerLen+keyLen]
	sig.HashAlgo, sig.Value = hashName(t.Hash), sig.Raw
	return sig, nil
}

func signatureID(id byte) string {
	switch id {
	case 0:
		return "PGP"
	case 1:
		return "X509"
	case trailer.PKCS7:
		return "PKCS#7"
	}
	return "unknown"
}

// hashName returns the name of one of the kernel's digest numbers (enum
// hash_algo), which the old, non-PKCS#7 forms use.
func hashName(n byte) string {
	names := [...]string{"md4", "md5", "sha1", "rmd160", "sha256", "sha384", "sha512", "sha224", "sm3"}
	if int(n) < len(names) {
		return names[n]
	}
	return "unknown"
}
