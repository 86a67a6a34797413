// Package modsig verifies the signatures of kernel modules against certificates
// that the caller trusts, without a kernel and without a network, and signs modules.
//
//	keys, err := modsig.ReadKeyring("/etc/keys/modules.pem", "/etc/keys/vendor.d")
//	if err != nil {
//		return err
//	}
//	verified, err := keys.VerifyFile("/lib/modules/6.12.1/kernel/fs/xfs/xfs.ko.xz", nil)
//	if err != nil {
//		return err
//	}
//	fmt.Println(verified.Certificate.Subject, verified.HashAlgo)
//
// The certificates come from PEM or DER files, from directories of them, or from
// the image of the kernel that the modules belong to, packed or not:
// [ReadKernelCertificates].
//
// To load only what was verified, give [Keyring.Verifier] to the Verify field of
// a kmod.LoaderConfig: the loader then inserts exactly the bytes that were
// verified.
//
// # What is accepted
//
// A module ends with a detached CMS signature over all bytes before it, as
// sign-file of the kernel's build appends it. The rules are those of the kernel,
// but stricter about the encoding:
//
//   - Body, signature and trailer follow each other without anything in between,
//     all of the signature is DER without additions, and the fields of the trailer
//     that PKCS#7 does not use are zero. The list of digests has those of the
//     signers, each once, and no other. There are no revocation lists. The kernel
//     does not check all of that.
//   - The signer is identified by issuer and serial number, or by key id, which must
//     equal those of the keyring's certificate byte for byte. A certificate in the
//     keyring is trusted to sign modules whatever its extensions say. A certificate
//     in the signature is not trusted, whoever issued it.
//   - RSA with PKCS#1 v1.5, or ECDSA with the curves P-256, P-384 and P-521; a
//     digest of the families SHA-2 and SHA-3. SHA-1 only with Options.AllowSHA1.
//   - There are no signed attributes, unless Options.AllowAttributes is set.
//   - With several signers, up to 64, one that is trusted is enough, but no signer
//     with a known key may be wrong.
//
// Unlike the kernel, which has no clock to rely on, it refuses certificates that
// have expired or are not valid yet, unless Options.IgnoreValidity is set.
// Revocation is up to the caller: a certificate that is no longer trusted does
// not belong in the keyring.
//
// # What is tolerated
//
// The following is accepted although sign-file does not write it. None of it makes
// a module trusted that would not be trusted without it.
//
//   - A digest algorithm has NULL as its parameters or none, in the list of digests
//     and with the signer, the same in both or not. Of the other algorithms, RSA has
//     NULL and ECDSA none.
//   - The members of sets may be in any order: digests, certificates, signers,
//     attributes.
//   - The same signer may sign several times, with different digests or the same one,
//     even with the same signature. Each signature must be good.
//   - A signer whose key is not in the keyring or of an unsupported kind, or whose
//     algorithms are unsupported or weak, does not count, and its signature is not
//     verified. One whose certificate has expired does not count either, but its
//     signature must be good.
//   - The signature may include up to 64 X.509 certificates of any kind, with
//     repetitions. Only their form is checked.
//   - Each signer may have up to 64 unsigned attributes, such as a time stamp, of any
//     kind, with repetitions. Their values, one or more, must have the tags, lengths
//     and nesting of DER, at most 32 levels deep. Nothing else about them is checked,
//     such as whether a BOOLEAN or INTEGER is encoded as DER demands.
//   - With Options.AllowAttributes there may be up to 64 signed attributes, each of
//     another kind with one value of such a form. Those besides the type and the
//     digest of the content, such as the time of signing, may have any value.
//   - Of a certificate in the keyring only names, serial number, key, validity and
//     subject key id are used. The rest must be such DER and in its place, but may
//     have any value: version, signature and its algorithms, unique ids, and
//     extensions, even if they are critical or repeated.
//
// # Signing
//
// A [Signer] makes the signatures that sign-file of the kernel's build makes, byte for byte
// where the algorithm makes the same one each time: a CMS signature without certificates or
// attributes.
//
//	signer, err := modsig.ReadSigner("signing_key.pem", "signing_key.x509", nil)
//	if err != nil {
//		return err
//	}
//	err = signer.SignFile("/lib/modules/6.12.1/updates/driver.ko.xz")
//
// The key may be any crypto.Signer, such as one in a TPM or an HSM: see [NewSigner]. Each
// signature is verified with the certificate before it is used. Unlike sign-file, a Signer
// removes the signature that a module has, refuses files that are not ELF, and signs the
// module inside a compressed file.
//
// Every kernel can verify RSA with SHA-256. SHA-384, SHA-512 and ECDSA must be built into
// it; from Linux 6.12 on that is usual.
//
// # Errors
//
// Every error is an *[Error] that wraps one of [ErrUnsigned], [ErrUnknownKey],
// [ErrBadSignature], [ErrExpired], [ErrWeakDigest], [ErrUnsupported],
// [ErrDamaged], or the error of the file. Modules and certificates are untrusted:
// sizes are bounded, and no content makes the package panic or hang. A signature
// has at most 1 MiB and 64 signers, each of which is verified once with each
// certificate that it may refer to; the module is read once for each digest, of
// which there are eight, in pieces if its file is not compressed.
//
// The formats are described in admin-guide/module-signing of the kernel's
// documentation, RFC 5652 and RFC 5280.
package modsig
