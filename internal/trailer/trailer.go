// Package trailer reads and writes the end of a signed kernel module: the
// lengths and kinds of the signature before it, and a marker, 40 bytes in all.
//
//	offset size
//	     0    1  algorithm, 0 for PKCS#7
//	     1    1  hash, 0 for PKCS#7
//	     2    1  kind of signature: 0 PGP, 1 X509, 2 PKCS#7
//	     3    1  length of the signer's name before the signature
//	     4    1  length of the key id before the signature
//	     5    3  padding
//	     8    4  length of the signature, big-endian
//	    12   28  "~Module signature appended~\n"
//
// See admin-guide/module-signing of the kernel's documentation.
package trailer

import "encoding/binary"

// Marker is the end of every signed module.
const Marker = "~Module signature appended~\n"

const infoSize = 12

// Size is the length of a trailer in bytes.
const Size = infoSize + len(Marker)

// PKCS7 is the kind of all signatures since Linux 4.3.
const PKCS7 = 2

// Trailer is the end of a signed module without the marker.
type Trailer struct {
	Algorithm byte
	Hash      byte
	Kind      byte
	SignerLen byte
	KeyIDLen  byte
	Padding   [3]byte

	SignatureLen uint32
}

// Parse reads a trailer from the last Size bytes of a module. It reports false
// if they are not a trailer.
func Parse(end []byte) (Trailer, bool) {
	if len(end) != Size || string(end[infoSize:]) != Marker {
		return Trailer{}, false
	}
	return Trailer{
		Algorithm: end[0], Hash: end[1], Kind: end[2], SignerLen: end[3], KeyIDLen: end[4],
		Padding:      [3]byte(end[5:8]),
		SignatureLen: binary.BigEndian.Uint32(end[8:]),
	}, true
}

// Unused reports whether all fields are zero that PKCS#7 does not use. The kernel
// refuses other signatures.
func (t Trailer) Unused() bool {
	t.Kind, t.SignatureLen = 0, 0
	return t == Trailer{}
}

// Append adds the trailer to b, which ends with the signature.
func (t Trailer) Append(b []byte) []byte {
	b = append(b, t.Algorithm, t.Hash, t.Kind, t.SignerLen, t.KeyIDLen)
	b = append(b, t.Padding[:]...)
	b = binary.BigEndian.AppendUint32(b, t.SignatureLen)
	return append(b, Marker...)
}
