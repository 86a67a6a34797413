package cms_test

import (
	"testing"

	"github.com/gokmod/gokmod/internal/cms"
)

// TestNaturals: a number's sign byte is left out, and negative numbers are refused.
func TestNaturals(t *testing.T) {
	for digits, want := range map[string]string{"\x00": "\x00", "\x7f": "\x7f", "\x00\x80": "\x80",
		"\x00\xff\x01": "\xff\x01", "\x01\x00": "\x01\x00"} {
		if got, exponent, err := cms.ParseRSAKey([]byte(seq(number(digits), number("\x03")))); err != nil ||
			string(got) != want || string(exponent) != "\x03" {
			t.Errorf("% x: % x, %v", digits, got, err)
		}
		if got := string(cms.Number([]byte(digits))); got != want {
			t.Errorf("% x: % x", digits, got)
		}
	}
	for _, digits := range []string{"\x80", "\xff", "\x80\x00", "\xfe\xff"} {
		_, _, err := cms.ParseRSAKey([]byte(seq(number(digits), number("\x03"))))
		checkSyntax(t, digits, true, err, "a negative number")
	}
	for digits, want := range map[string]string{"": "an empty integer", "\x00\x00": "redundant", "\x00\x7f": "redundant",
		"\xff\x80": "redundant",
		"\xff\xff": "redundant"} {
		_, _, err := cms.ParseRSAKey([]byte(seq(number(digits), number("\x03"))))
		checkSyntax(t, digits, true, err, want)
	}
	_, _, err := cms.ParseRSAKey([]byte(seq(number("\x05"), number("\x03"), null)))
	checkSyntax(t, "three numbers", true, err, "2 bytes follow")
	_, _, err = cms.ParseRSAKey([]byte(seq(number("\x05"), number("\x03")) + null))
	checkSyntax(t, "something behind", true, err, "2 bytes follow")
	for _, as := range []string{"", "\x00", "\x00\x7f", "\x01\x80", "\x80"} { // none of these loses a byte
		if got := string(cms.Number([]byte(as))); got != as {
			t.Errorf("% x: % x", as, got)
		}
	}
}

func TestValues(t *testing.T) {
	if got, err := cms.ParseOctets([]byte(octets("text"))); err != nil || string(got) != "text" {
		t.Errorf("%q, %v", got, err)
	}
	for der, want := range map[string]string{"": "truncated", octets("text") + null: "2 bytes follow",
		null:                      "tag 0x5 where 0x4 is expected",
		tlv(0x24, octets("text")): "tag 0x24 where"} {
		_, err := cms.ParseOctets([]byte(der))
		checkSyntax(t, der, true, err, want)
	}
	for der, want := range map[string]string{"": "truncated", oid("\x2a") + null: "2 bytes follow",
		oid(""): "malformed object", oid("\x80"): "malformed object",
		oid("\x2a\x80\x01"): "malformed object", oid("\x2a\x81"): "malformed object", oid("\x2a\x81\x80"): "malformed object",
		oid("\x2a\x03\x80\x01"): "malformed object"} {
		_, err := cms.ParseOID([]byte(der))
		checkSyntax(t, der, true, err, want)
	}
	long := repeat("\x01", 63)
	if got, err := cms.ParseOID([]byte(oid("\x2a" + long))); err != nil || len(got) != len("1.2")+2*63 {
		t.Errorf("64 bytes: %q, %v", got, err)
	}
	_, err := cms.ParseOID([]byte(oid("\x2a\x01" + long)))
	checkSyntax(t, "65 bytes", true, err, "malformed object")
	for der, want := range map[string]string{oid("\x2a\x81\x00"): "1.2.128", oid("\x2a\x81\x80\x00"): "1.2.16384",
		oid("\x00"): "0.0"} {
		if got, err := cms.ParseOID([]byte(der)); err != nil || got != want {
			t.Errorf("% x: %q, %v", der, got, err)
		}
	}
}

// TestParseName: parts and attributes keep their order.
func TestParseName(t *testing.T) {
	attr := func(kind, value string) string { return seq(oid(kind), octets(value)) }
	got, err := cms.ParseName([]byte(seq(set(attr("\x2a", "a"), attr("\x2b", "b")), set(attr("\x2c", "c")))))
	if err != nil || len(got) != 2 || len(got[0]) != 2 || len(got[1]) != 1 || got[0][1].OID != "1.3" ||
		string(got[0][1].Value.Bytes) != "b" || string(got[1][0].Value.Bytes) != "c" {
		t.Errorf("got %+v, %v", got, err)
	}
	one := attr("\x2a", "a")
	for _, test := range []struct{ name, der, want string }{
		{"empty", seq(), ""},
		{"an empty part", seq(set(one), set()), "an empty part"},
		{"64 parts", seq(repeat(set(one), 64)), ""},
		{"65 parts", seq(repeat(set(one), 65)), "more than 64 elements"},
		{"64 attributes", seq(set(repeat(one, 64))), ""},
		{"65 attributes", seq(set(repeat(one, 65))), "more than 64 elements"},
		{"data after an attribute", seq(set(seq(oid("\x2a"), null, null))), "2 bytes follow"},
		{"half an attribute", seq(set(seq(oid("\x2a")))), "truncated"},
		{"a sequence of parts", seq(seq(one)), "tag 0x30 where 0x31 is expected"},
		{"something behind", seq(set(one)) + null, "2 bytes follow"},
	} {
		got, err := cms.ParseName([]byte(test.der))
		if test.want == "" && err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if test.want != "" {
			checkSyntax(t, test.name, got == nil, err, test.want)
		}
	}
}

func TestCommonName(t *testing.T) {
	cn := func(s string) string { return seq(oid(cnOID), octets(s)) }
	other := seq(oid("\x55\x04\x0a"), octets("other"))
	for der, want := range map[string]string{
		seq(set(cn("a"))): "a", seq(set(other), set(cn("a"))): "a", seq(set(other, cn("a"))): "a", seq(set(cn("a")),
			set(cn("b"))): "a",
		seq(set(cn("a"), cn("b"))): "a", seq(set(other)): "", seq(): "", "": "", seq(set(cn("a"))) + null: "",
	} {
		if got := cms.CommonName([]byte(der)); got != want {
			t.Errorf("% x: %q, want %q", der, got, want)
		}
	}
}

func TestParameters(t *testing.T) {
	for params, want := range map[string][2]bool{null: {true, true}, seq(): {false, false}, "\x05\x01\x00": {false,
		false}} {
		a := cms.Algorithm{Params: []byte(params)}
		if a.Plain() != want[0] || a.Null() != want[1] {
			t.Errorf("% x: %v, %v", params, a.Plain(), a.Null())
		}
	}
	if a := (cms.Algorithm{}); !a.Plain() || a.Null() {
		t.Error("absent parameters count as NULL, or not as plain")
	}
}

func TestDigestNames(t *testing.T) {
	for oid, want := range map[string]string{
		"1.2.840.113549.2.4": "md4", "1.2.840.113549.2.5": "md5", "1.3.14.3.2.26": "sha1", "1.3.36.3.2.1": "rmd160",
		"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512",
		"2.16.840.1.101.3.4.2.4": "sha224", "2.16.840.1.101.3.4.2.8": "sha3-256", "2.16.840.1.101.3.4.2.9": "sha3-384",
		"2.16.840.1.101.3.4.2.10": "sha3-512", "1.2.156.10197.1.401": "sm3", "1.2.3": "1.2.3", "": "",
	} {
		if got := cms.DigestName(oid); got != want {
			t.Errorf("%s: %q", oid, got)
		}
	}
}
