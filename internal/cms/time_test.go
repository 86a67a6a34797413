package cms_test

import (
	"bytes"
	"encoding/asn1"
	"os"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/cms"
)

// TestMain runs the tests in UTC. In a zone with the offset that a UTCTime gives,
// encoding/asn1 takes that zone's offset of a century before for years from 1950 on.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

const (
	utc     = 0x17 // UTCTime
	general = 0x18 // GeneralizedTime
)

// times are texts of times, each with what it is in UTC, "" if it is malformed.
var times = []struct {
	tag        byte
	text, want string
}{
	{utc, "200102030405Z", "2020-01-02T03:04:05Z"},
	{utc, "2001020304Z", "2020-01-02T03:04:00Z"},
	{utc, "200102030405", ""},
	{utc, "20010203Z", ""},
	{utc, "200102030405z", ""},
	{utc, "200102030405ZZ", ""},
	{utc, "200102030405.5Z", ""},
	{utc, "20010203040Z", ""},
	{utc, "20010203040506Z", ""},
	{utc, "491231235959Z", "2049-12-31T23:59:59Z"},
	{utc, "500101000000Z", "1950-01-01T00:00:00Z"},
	{utc, "680101000000Z", "1968-01-01T00:00:00Z"},
	{utc, "690101000000Z", "1969-01-01T00:00:00Z"},
	{utc, "991231235959Z", "1999-12-31T23:59:59Z"},
	{utc, "000101000000Z", "2000-01-01T00:00:00Z"},
	{utc, "491231235959-0100", "2050-01-01T00:59:59Z"},
	{utc, "500101000000+0100", "1949-12-31T23:00:00Z"},
	{utc, "000229000000Z", "2000-02-29T00:00:00Z"},
	{utc, "520229000000Z", "1952-02-29T00:00:00Z"},
	{utc, "530229000000Z", ""},
	{utc, "210229000000Z", ""},
	{utc, "200230000000Z", ""},
	{utc, "200431000000Z", ""},
	{utc, "200001000000Z", ""},
	{utc, "201301000000Z", ""},
	{utc, "200100000000Z", ""},
	{utc, "200132000000Z", ""},
	{utc, "200101240000Z", ""},
	{utc, "200101006000Z", ""},
	{utc, "200101000060Z", ""},
	{utc, "+10101000000Z", ""},
	{utc, "20-101000000Z", ""},
	{utc, "2001 1000000Z", ""},
	{utc, "200102030405+0130", "2020-01-02T01:34:05Z"},
	{utc, "200102030405-0130", "2020-01-02T04:34:05Z"},
	{utc, "2001020304+0030", "2020-01-02T02:34:00Z"},
	{utc, "2001020304-0030", "2020-01-02T03:34:00Z"},
	{utc, "520701000000+0200", "1952-06-30T22:00:00Z"},
	{utc, "200102030405+0000", ""},
	{utc, "200102030405-0000", ""},
	{utc, "200102030405+0060", ""},
	{utc, "200102030405+2359", "2020-01-01T03:05:05Z"},
	{utc, "200102030405+2459", "2020-01-01T02:05:05Z"},
	{utc, "200102030405+2500", ""},
	{utc, "200102030405+01", ""},
	{utc, "200102030405+01:00", ""},
	{utc, "200102030405Z0100", ""},
	{utc, "200102030405-+100", ""},
	{utc, "200102030405-+0100", ""},
	{utc, "20200102030405Z", ""},
	{utc, "", ""},

	{general, "20550607080910Z", "2055-06-07T08:09:10Z"},
	{general, "205506070809Z", ""},
	{general, "20550607080910", ""},
	{general, "550607080910Z", ""},
	{general, "00000229000000Z", "0000-02-29T00:00:00Z"},
	{general, "99991231235959Z", "9999-12-31T23:59:59Z"},
	{general, "19000229000000Z", ""},
	{general, "20000229000000Z", "2000-02-29T00:00:00Z"},
	{general, "21000229000000Z", ""},
	{general, "20241301000000Z", ""},
	{general, "20240101000060Z", ""},
	{general, "20240101000000.5Z", "2024-01-01T00:00:00.5Z"},
	{general, "20240101000000,5Z", ""},
	{general, "20240101000000.50Z", ""},
	{general, "20240101000000.0Z", ""},
	{general, "20240101000000.Z", ""},
	{general, "20240101000000.", ""},
	{general, "20240101000000.05Z", "2024-01-01T00:00:00.05Z"},
	{general, "20240101000000.000000001Z", "2024-01-01T00:00:00.000000001Z"},
	{general, "20240101000000.123456789Z", "2024-01-01T00:00:00.123456789Z"},
	{general, "20240101000000.1234567891Z", ""},
	{general, "20240101000000.1234567890Z", ""},
	{general, "20240101000000.25+0100", "2023-12-31T23:00:00.25Z"},
	{general, "20240101000000-2400", "2024-01-02T00:00:00Z"},
	{general, "-0240101000000Z", ""},
	{general, "", ""},
}

func TestTime(t *testing.T) {
	for _, test := range times {
		der := []byte(tlv(test.tag, test.text))
		got, _, err := cms.Time(der)
		if test.want == "" {
			checkSyntax(t, test.text, true, err, "a malformed time")
		} else if err != nil || got.Format(time.RFC3339Nano) != test.want || got.Location() != time.UTC {
			t.Errorf("%s: %v, %v, want %s", test.text, got, err, test.want)
		}
		compareTime(t, der)
	}
	for der, want := range map[string]string{null: "tag 0x5 where a time is expected", "": "truncated",
		tlv(0x37, "200102030405Z"): "tag 0x37 where", tlv(0x97, "200102030405Z"): "tag 0x97 where",
		tlv(0x57, "200102030405Z"): "tag 0x57 where", tlv(0x16, "200102030405Z"): "tag 0x16 where"} {
		_, _, err := cms.Time([]byte(der))
		checkSyntax(t, der, true, err, want)
		compareTime(t, []byte(der))
	}
}

// FuzzTime compares with encoding/asn1.
func FuzzTime(f *testing.F) {
	for _, test := range times {
		f.Add(test.tag, test.text)
	}
	f.Add(byte(0x37), "200102030405Z")
	f.Add(byte(0x97), "200102030405Z")
	f.Fuzz(func(t *testing.T, tag byte, text string) {
		if len(text) < 1<<16 {
			compareTime(t, []byte(tlv(tag, text)))
		}
	})
}

func compareTime(t *testing.T, der []byte) {
	t.Helper()
	got, rest, err := cms.Time(der)
	var want time.Time
	wantRest, wantErr := asn1.Unmarshal(der, &want)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%q: %v, want %v", der, err, wantErr)
	}
	if err == nil && (!got.Equal(want) || !bytes.Equal(rest, wantRest)) {
		t.Fatalf("%q: %v and %x behind it, want %v and %x", der, got, rest, want, wantRest)
	}
}
