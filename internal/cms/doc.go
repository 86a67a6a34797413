// Package cms reads the DER structures that module signatures consist of: the
// SignedData of the Cryptographic Message Syntax (RFC 5652; PKCS#7 is its first
// version) and X.509 certificates (RFC 5280). It writes the former, and reads the
// private keys to make them with. It does no cryptography: it only parses, and package
// modsig signs and verifies.
//
//	ContentInfo       content type (signed-data), [0] SignedData
//	SignedData        version, SET of digest algorithms, EncapsulatedContentInfo,
//	                  [0] certificates, [1] revocation lists, SET of SignerInfo
//	SignerInfo        version, issuer and serial number or [0] key id, digest
//	                  algorithm, [0] signed attributes, signature algorithm,
//	                  signature, [1] unsigned attributes
//	Certificate       TBSCertificate, signature algorithm, signature
//	TBSCertificate    [0] version, serial number, signature algorithm, issuer,
//	                  validity, subject, key, [1] and [2] unique ids,
//	                  [3] extensions
//
// Input is untrusted. Lengths must be definite and as short as possible, and
// every structure must end with its last field. Nothing is copied: results alias
// the input. For each byte of the input at most two values are read and at most
// 64 bytes allocated, plus 64 KiB in all.
package cms
