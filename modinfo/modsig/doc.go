// Package modsig verifies the signatures of kernel modules against certificates
// that the caller trusts, without a kernel and without a network.
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
// The certificates come from files in PEM or DER, from directories of them, or from
// the image of the kernel that the modules belong to, packed or not:
// [ReadKernelCertificates].
//
// To load only what was verified, give [Keyring.Policy] to the Verify field of
// a kmod.LoaderConfig: the loader then inserts exactly the bytes that were
// verified.
//
// # What is accepted
//
// A module ends with a detached CMS signature over all bytes before it, as
// sign-file of the kernel's build appends it. The rules are those of the kernel,
// but stricter about the encoding:
//
//   - Nothing stands between body, signature and trailer or within the signature
//     that does not belong there, all of it is DER, and the fields of the trailer
//     that are of no use with PKCS#7 are zero. The list of digests has those of
//     the signers, each once, and no other. There are no revocation lists. The
//     kernel overlooks some of that.
//   - The signer is named by issuer and serial number, or by key id, and that has
//     to be the certificate of the keyring byte for byte. A certificate in the
//     keyring is trusted to sign modules whatever its extensions say. One that a
//     signature brings along is not trusted, whoever issued it.
//   - RSA with PKCS#1 v1.5, or ECDSA with the curves P-256, P-384 and P-521; a
//     digest of the families SHA-2 and SHA-3. SHA-1 only where
//     Options.AllowSHA1 says so.
//   - There are no signed attributes, unless Options.AllowAttributes says so.
//   - With several signers, up to 64, one that is trusted is enough, but none whose
//     key is known may be wrong.
//
// Unlike the kernel, which has no clock to rely on, it refuses certificates that
// have expired or are not valid yet, unless Options.IgnoreValidity is set.
// Revocation lists are the caller's matter: a certificate that is no longer
// trusted does not belong in the keyring.
//
// # What is tolerated
//
// These are the only things that sign-file does not write and that are accepted all
// the same. None of them makes a module trusted that would not be without it.
//
//   - A digest algorithm has NULL for its parameters or none, in the list of digests
//     and with the signer, the same in both or not. Of the other algorithms, RSA has
//     NULL and ECDSA none.
//   - The members of sets stand in any order: digests, certificates, signers,
//     attributes.
//   - The same signer signs several times, with other digests or the same one, even
//     with the same signature. Each has to be good.
//   - A signer whose key is not in the keyring or of an unsupported kind, or whose
//     algorithms are unsupported or weak, does not count, and its signature is not
//     verified. One whose certificate has expired does not count either, but its
//     signature has to be good.
//   - The signature brings along up to 64 X.509 certificates, of anybody and for
//     anything, also the same ones twice. Nothing but their form is looked at.
//   - Each signer has up to 64 unsigned attributes, such as a time stamp, of any
//     kind, also one kind twice. Their values, one or more, have the tags, the lengths
//     and the nesting of DER, at most 32 levels deep. Nothing else about them is
//     looked at, such as whether a BOOLEAN or INTEGER is written as DER has it.
//   - With Options.AllowAttributes there are up to 64 signed attributes, each of
//     another kind with one value of such a form. Those beside the type and the digest of
//     the content, such as the time of signing, may say anything.
//   - What counts of a certificate in the keyring is its names, serial number, key,
//     validity and subject key id. The rest has to be such DER and in its place, and
//     may say anything: version, signature and its algorithms, unique ids, and
//     extensions, whether they are critical or there twice.
//
// # Errors
//
// Every error is an *[Error] that wraps one of [ErrUnsigned], [ErrUnknownKey],
// [ErrBadSignature], [ErrExpired], [ErrWeakDigest], [ErrUnsupported],
// [ErrDamaged], or that of the file. Modules and certificates are not trusted:
// sizes are bounded, and nothing they hold makes the package panic or hang. A
// signature has at most 1 MiB and 64 signers, each of which is verified once with
// each certificate that it may mean; the module is read once for each digest, of
// which there are eight, in pieces where it is a file that is not compressed.
//
// The formats are described in admin-guide/module-signing of the kernel's
// documentation, RFC 5652 and RFC 5280.
package modsig
