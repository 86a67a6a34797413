package cms

// DigestName returns the kernel's name of a digest that kernels sign modules
// with; for others it returns the object identifier.
func DigestName(oid string) string {
	switch oid {
	case "1.2.840.113549.2.4":
		return "md4"
	case "1.2.840.113549.2.5":
		return "md5"
	case "1.3.14.3.2.26":
		return "sha1"
	case "1.3.36.3.2.1":
		return "rmd160"
	case "2.16.840.1.101.3.4.2.1":
		return "sha256"
	case "2.16.840.1.101.3.4.2.2":
		return "sha384"
	case "2.16.840.1.101.3.4.2.3":
		return "sha512"
	case "2.16.840.1.101.3.4.2.4":
		return "sha224"
	case "2.16.840.1.101.3.4.2.8":
		return "sha3-256"
	case "2.16.840.1.101.3.4.2.9":
		return "sha3-384"
	case "2.16.840.1.101.3.4.2.10":
		return "sha3-512"
	case "1.2.156.10197.1.401":
		return "sm3"
	}
	return oid
}
