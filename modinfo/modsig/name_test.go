package modsig

import (
	"strings"
	"testing"
)

// attribute is an attribute of a name, in DER.
func attribute(oid string, tag byte, text string) string {
	content := "\x06" + string([]byte{byte(len(oid))}) + oid + string([]byte{tag, byte(len(text))}) + text
	return "\x30" + string([]byte{byte(len(content))}) + content
}

func part(attributes ...string) string {
	content := strings.Join(attributes, "")
	return "\x31" + string([]byte{byte(len(content))}) + content
}

func distinguished(parts ...string) string {
	content := strings.Join(parts, "")
	return "\x30" + string([]byte{byte(len(content))}) + content
}

const commonName = "\x55\x04\x03"

// TestNames: names are shown in a form that hides nothing.
func TestNames(t *testing.T) {
	cn := func(tag byte, text string) string { return distinguished(part(attribute(commonName, tag, text))) }
	for name, want := range map[string]string{
		cn(12, "plain"):     "CN=plain",
		cn(12, ""):          "CN=",
		cn(12, "\x1b[2J\n"): `CN=\1b[2J\0a`,
		cn(12, "\u202etxt"): `CN=\e2\80\aetxt`,
		cn(12, "\xff"):      "CN=#0c01ff",
		cn(30, "\x00a"):     "CN=#1e020061",
		cn(4, "a"):          "CN=#040161",
		cn(12, "a"):         "CN=a", cn(18, "a"): "CN=a", cn(19, "a b"): "CN=a b", cn(20, "a"): "CN=a", cn(22,
			"a"): "CN=a", cn(26, "a"): "CN=a",
		cn(12, " a b "):    `CN=\ a b\ `,
		cn(12, " "):        `CN=\ `,
		cn(12, "##"):       `CN=\##`,
		cn(12, "a#"):       `CN=a#`,
		cn(12, `,+"\<>;=`): `CN=\,\+\"\\\<\>\;=`,
		cn(12, "ü"):        "CN=ü",
		distinguished():    "",
		distinguished(part(attribute(commonName, 12, "a")), part(attribute("\x55\x04\x0a", 12, "b"))): "O=b,CN=a",
		distinguished(part(attribute(commonName, 12, "a"), attribute("\x55\x04\x0a", 12, "b"))):       "CN=a+O=b",
		distinguished(part(attribute(commonName, 12, "a"), attribute(commonName, 12, "b"))):           "CN=a+CN=b",
		distinguished(part()):                  "#30023100",
		"\x30\x02\x30\x00":                     "#30023000",
		"\x30\x07\x31\x05\x30\x03\x06\x01\x2a": "#30073105300306012a",
	} {
		if got := nameText([]byte(name)); got != want {
			t.Errorf("% x is shown as %q, want %q", name, got, want)
		}
	}
}

func TestAttributeNames(t *testing.T) {
	for oid, want := range map[string]string{
		"2.5.4.3": "CN", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "STREET",
		"2.5.4.10": "O", "2.5.4.11": "OU", "0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC",
		"1.2.840.113549.1.9.1": "emailAddress", "2.5.4.4": "2.5.4.4",
	} {
		if got := attributeName(oid); got != want {
			t.Errorf("%s is %q", oid, got)
		}
	}
}

func TestHexText(t *testing.T) {
	for b, want := range map[string]string{"": "", "\x00": "00", "\x1f\xf1\x9a": "1f:f1:9a"} {
		if got := hexText([]byte(b)); got != want {
			t.Errorf("% x: %q", b, got)
		}
	}
}
