// Package cms reads the two structures in DER that module signatures are made
// of: the SignedData of the Cryptographic Message Syntax (RFC 5652; PKCS#7 is
// its first version) and X.509 certificates (RFC 5280). It knows no
// cryptography: it takes apart, and package modsig verifies.
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
// Input is not trusted. Lengths have to be definite and as short as they can be,
// every structure has to end where its last field does, and nothing is copied:
// results alias the input. At most two values are looked at for each byte of the
// input, and no more than 64 bytes are allocated for it, beside 64 KiB.
package cms
