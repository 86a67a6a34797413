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
// The certificates come from files in PEM or DER, from folders of them, or from
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
// with more rigour about how it is written:
//
//   - Nothing stands between body, signature and trailer or within the signature
//     that does not belong there, all of it is DER, and the fields of the trailer
//     that are of no use with PKCS#7 are zero. The kernel overlooks some of that.
//   - The signer is named by issuer and serial number, or by key id, and that has
//     to be the certificate of the keyring byte for byte. A certificate in the
//     keyring is trusted to sign modules whatever its extensions say. One that a
//     signature brings along is not looked at, whoever issued it.
//   - RSA with PKCS#1 v1.5, or ECDSA with the curves P-256, P-384 and P-521; a
//     digest of the families SHA-2 and SHA-3. SHA-1 only where
//     Options.AllowSHA1 says so.
//   - There are no signed attributes, unless Options.AllowAttributes says so.
//   - With several signers, one that is trusted is enough, but none whose key is
//     known may be wrong.
//
// Unlike the kernel, which has no clock to rely on, it refuses certificates that
// have expired or are not valid yet, unless Options.IgnoreValidity is set.
// Revocation lists are the caller's matter: a certificate that is no longer
// trusted does not belong in the keyring.
//
// # Errors
//
// Every error is an *[Error] that wraps one of [ErrUnsigned], [ErrUnknownKey],
// [ErrBadSignature], [ErrExpired], [ErrWeakDigest], [ErrUnsupported],
// [ErrDamaged], or that of the file. Modules and certificates are not trusted:
// sizes are bounded, and nothing they hold makes the package panic or hang.
//
// The formats are described in admin-guide/module-signing of the kernel's
// documentation, RFC 5652 and RFC 5280.
package modsig
