package cms_test

import (
	"encoding/asn1"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/cms"
)

// oids are contents of object identifiers with the text of each, "" for none.
var oids = map[string]string{
	"\x00": "0.0", "\x27": "0.39", "\x28": "1.0", "\x4f": "1.39", "\x50": "2.0", "\x77": "2.39", "\x78": "2.40",
	"\x7f": "2.47", "\x81\x00": "2.48", "\x81\x34": "2.100", "\x88\x37": "2.999", "\x2a\x00": "1.2.0",
	"\x2a\x03\x04": "1.2.3.4", "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b": "1.2.840.113549.1.1.11",
	"\x87\xff\xff\xff\x7f":         "2.2147483567",
	"\x88\x80\x80\x80\x00":         "8880808000",
	"\x2a\x87\xff\xff\xff\x7f":     "1.2.2147483647",
	"\x2a\x88\x80\x80\x80\x00":     "2a8880808000",
	"\x2a\x81\x80\x80\x80\x80\x00": "2a818080808000",
	"\x2a\x87\xff\xff\xff\x7f\x01": "1.2.2147483647.1",
	"":                             "", "\x80": "", "\x80\x01": "", "\x81": "", "\x2a\x80": "", "\x2a\x80\x01": "",
	"\x2a\x81\x80": "",
}

func TestOIDText(t *testing.T) {
	for contents, want := range oids {
		der := []byte(oid(contents))
		if got, err := cms.ParseOID(der); got != want || (err == nil) != (want != "") {
			t.Errorf("% x: %q, %v, want %q", contents, got, err, want)
		}
		compareOID(t, der)
	}
}

// FuzzOID compares with encoding/asn1.
func FuzzOID(f *testing.F) {
	for contents := range oids {
		f.Add([]byte(oid(contents)))
	}
	f.Add([]byte(null))
	f.Add([]byte(tlv(0x26, "\x2a")))
	f.Add([]byte(tlv(0x46, "\x2a")))
	f.Add([]byte(oid("\x2a") + null))
	f.Fuzz(func(t *testing.T, der []byte) { compareOID(t, der) })
}

// compareOID: of what encoding/asn1 reads, only object identifiers of more than 64 bytes
// are refused, and what else is accepted has numbers that are too large for it.
func compareOID(t *testing.T, der []byte) {
	t.Helper()
	got, err := cms.ParseOID(der)
	var want asn1.ObjectIdentifier
	rest, wantErr := asn1.Unmarshal(der, &want)
	switch long := len(der) > 2+64; {
	case wantErr == nil && len(rest) == 0 && !long:
		if err != nil || got != want.String() {
			t.Fatalf("%x: %q, %v, want %s", der, got, err, want)
		}
	case err != nil:
	case wantErr == nil || !strings.Contains(wantErr.Error(), "integer too large") || got != hex.EncodeToString(der[2:]):
		t.Fatalf("%x: %q, want %s with %x behind it, %v", der, got, want, rest, wantErr)
	}
}
