package modsig

import (
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gokmod/gokmod/internal/cms"
)

// attributeName is the short name by RFC 4514 of a type of attribute in names,
// or its number if it has none.
func attributeName(oid string) string {
	switch oid {
	case "2.5.4.3":
		return "CN"
	case "2.5.4.5":
		return "SERIALNUMBER"
	case "2.5.4.6":
		return "C"
	case "2.5.4.7":
		return "L"
	case "2.5.4.8":
		return "ST"
	case "2.5.4.9":
		return "STREET"
	case "2.5.4.10":
		return "O"
	case "2.5.4.11":
		return "OU"
	case "0.9.2342.19200300.100.1.1":
		return "UID"
	case "0.9.2342.19200300.100.1.25":
		return "DC"
	case "1.2.840.113549.1.9.1":
		return "emailAddress"
	}
	return oid
}

// nameText writes a distinguished name in the form of RFC 4514, last part
// first. A name that cannot be read is shown in hexadecimal.
func nameText(der []byte) string {
	name, err := cms.ParseName(der)
	if err != nil {
		return "#" + hex.EncodeToString(der)
	}
	var b strings.Builder
	for i := len(name) - 1; i >= 0; i-- {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		for j, attr := range name[i] {
			if j > 0 {
				b.WriteByte('+')
			}
			writeAttribute(&b, attr)
		}
	}
	return b.String()
}

func writeAttribute(b *strings.Builder, attr cms.NameAttribute) {
	b.WriteString(attributeName(attr.OID) + "=")
	value := attr.Value.Bytes
	if !isText(attr.Value.Tag) || !utf8.Valid(value) {
		b.WriteString("#" + hex.EncodeToString(attr.Value.Full))
		return
	}
	for i, r := range string(value) {
		ends := i == 0 || i == len(value)-1
		switch {
		case strings.ContainsRune(`,+"\<>;`, r) || r == ' ' && ends || r == '#' && i == 0:
			b.WriteByte('\\')
			b.WriteRune(r)
		case !unicode.IsPrint(r):
			for _, c := range []byte(string(r)) {
				b.WriteString("\\" + hex.EncodeToString([]byte{c}))
			}
		default:
			b.WriteRune(r)
		}
	}
}

// isText reports whether a string type can be read as UTF-8: UTF8String, the
// ASCII types, and TeletexString, which is used for anything.
func isText(tag int) bool {
	switch tag {
	case 12, 18, 19, 20, 22, 26:
		return true
	}
	return false
}
