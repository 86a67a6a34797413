package cms

const oidCommonName = "2.5.4.3"

// CommonName is the first CN of a DER name, "" if it has none.
func CommonName(der []byte) string {
	name, _ := ParseName(der)
	for _, part := range name {
		for _, attr := range part {
			if attr.OID == oidCommonName {
				return string(attr.Value.Bytes)
			}
		}
	}
	return ""
}

// Number is a number without a leading byte that only carries the sign.
func Number(b []byte) []byte {
	if len(b) > 1 && b[0] == 0 && b[1] >= 0x80 {
		return b[1:]
	}
	return b
}
