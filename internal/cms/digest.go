package cms

// digestNames are the kernel's names of the digests that kernels sign modules with.
var digestNames = [...]struct{ oid, name string }{
	{"1.2.840.113549.2.4", "md4"},
	{"1.2.840.113549.2.5", "md5"},
	{"1.3.14.3.2.26", "sha1"},
	{"1.3.36.3.2.1", "rmd160"},
	{"2.16.840.1.101.3.4.2.1", "sha256"},
	{"2.16.840.1.101.3.4.2.2", "sha384"},
	{"2.16.840.1.101.3.4.2.3", "sha512"},
	{"2.16.840.1.101.3.4.2.4", "sha224"},
	{"2.16.840.1.101.3.4.2.8", "sha3-256"},
	{"2.16.840.1.101.3.4.2.9", "sha3-384"},
	{"2.16.840.1.101.3.4.2.10", "sha3-512"},
	{"1.2.156.10197.1.401", "sm3"},
}

// DigestName returns the kernel's name of a digest; for one that kernels do not sign
// modules with it returns the object identifier.
func DigestName(oid string) string {
	for _, d := range digestNames {
		if d.oid == oid {
			return d.name
		}
	}
	return oid
}

// DigestOID returns the object identifier of a digest that DigestName names, "" for
// another name.
func DigestOID(name string) string {
	for _, d := range digestNames {
		if d.name == name {
			return d.oid
		}
	}
	return ""
}
