package cms_test

import (
	"bytes"
	"encoding/asn1"
	"testing"

	"github.com/gokmod/gokmod/internal/cms"
)

// values are values and what looks like them. want is a part of the error, "" for none.
var values = []struct{ name, der, want string }{
	{"nothing", "", "truncated"},
	{"a tag", "\x04", "truncated"},
	{"an empty value", "\x04\x00", ""},
	{"a value", "\x04\x01x", ""},
	{"with something behind", "\x04\x01xy", ""},
	{"one byte short", "\x04\x02x", "truncated"},
	{"another class", "\xd3\x01x", ""},
	{"constructed", "\x24\x01x", ""},

	{"127 bytes", "\x04\x7f" + repeat("x", 127), ""},
	{"128 bytes", "\x04\x81\x80" + repeat("x", 128), ""},
	{"128 bytes, one short", "\x04\x81\x80" + repeat("x", 127), "truncated"},
	{"255 bytes", "\x04\x81\xff" + repeat("x", 255), ""},
	{"256 bytes", "\x04\x82\x01\x00" + repeat("x", 256), ""},
	{"65536 bytes", "\x04\x83\x01\x00\x00" + repeat("x", 65536), ""},
	{"indefinite", "\x30\x80\x00\x00", "indefinite"},
	{"a long form of 0", "\x04\x81\x00", "shortest form"},
	{"a long form of 127", "\x04\x81\x7f" + repeat("x", 127), "shortest form"},
	{"128 bytes in two", "\x04\x82\x00\x80" + repeat("x", 128), "shortest form"},
	{"many zeros", "\x04\xff" + repeat("\x00", 127), "shortest form"},
	{"no length", "\x04\x81", "truncated"},
	{"half a length", "\x04\x82\x01", "truncated"},
	{"16777216 bytes that are not there", "\x04\x84\x01\x00\x00\x00", "truncated"},
	{"2147483647 bytes that are not there", "\x04\x84\x7f\xff\xff\xff", "truncated"},
	{"2147483648 bytes", "\x04\x84\x80\x00\x00\x00", "too large"},
	{"4294967295 bytes", "\x04\x84\xff\xff\xff\xff", "too large"},
	{"4294967297 bytes", "\x04\x85\x01\x00\x00\x00\x01x", "too large"},
	{"2^64 bytes and one", "\x04\x89\x01" + repeat("\x00", 7) + "\x01x", "too large"},
	{"a length of 126 bytes", "\x04\xfe" + repeat("\x01", 126), "too large"},
	{"the reserved length", "\x04\xff" + repeat("\x01", 127), "too large"},

	{"tag 31", "\x1f\x1f\x00", ""},
	{"tag 30 in long form", "\x1f\x1e\x00", "shortest form"},
	{"tag 0 in long form", "\x1f\x00\x00", "shortest form"},
	{"tag 127", "\x9f\x7f\x01x", ""},
	{"tag 128", "\xbf\x81\x00\x00", ""},
	{"leading zero bits", "\x9f\x80\x7f\x00", "shortest form"},
	{"tag 2147483647", "\xff\x87\xff\xff\xff\x7f\x00", ""},
	{"tag 2147483648", "\xff\x88\x80\x80\x80\x00\x00", "too large"},
	{"tag 2^35", "\xff\x81\x80\x80\x80\x80\x00\x00", "too large"},
	{"tag 2^63", "\xff\x81" + repeat("\x80", 8) + "\x00\x00", "too large"},
	{"tag 2^70 and 31", "\xff\x81" + repeat("\x80", 9) + "\x1f\x00", "too large"},
	{"no tag", "\x1f", "truncated"},
	{"half a tag", "\x1f\x81", "truncated"},
	{"a long tag only", "\x1f\x81\x00", "truncated"},
}

// TestValue: the errors of values, which are refused where encoding/asn1 refuses them.
func TestValue(t *testing.T) {
	for _, test := range values {
		_, rest, err := cms.Next([]byte(test.der))
		if test.want != "" {
			checkSyntax(t, test.name, len(rest) == 0, err, test.want)
		} else if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		compareValue(t, []byte(test.der))
	}
}

// FuzzValue compares with encoding/asn1.
func FuzzValue(f *testing.F) {
	for _, test := range values {
		f.Add([]byte(test.der))
	}
	f.Add([]byte(certificate(nil)))
	f.Fuzz(func(t *testing.T, der []byte) { compareValue(t, der) })
}

func compareValue(t *testing.T, der []byte) {
	t.Helper()
	got, rest, err := cms.Next(der)
	var want asn1.RawValue
	wantRest, wantErr := asn1.Unmarshal(der, &want)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%.20x: %v, want %v", der, err, wantErr)
	}
	if err != nil {
		return
	}
	if got.Class != want.Class || got.Tag != want.Tag || got.Compound != want.IsCompound ||
		!bytes.Equal(got.Bytes, want.Bytes) || !bytes.Equal(got.Full, want.FullBytes) || !bytes.Equal(rest, wantRest) {
		t.Fatalf("%.20x: %+v and %x behind it, want %+v and %x", der, got, rest, want, wantRest)
	}
	if got.Bytes == nil || got.Full == nil {
		t.Fatalf("%.20x: %+v has no bytes, which is for values that are absent", der, got)
	}
}
