package cms_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/cms"
)

func containsText(err error, part string) bool {
	return err != nil && strings.Contains(err.Error(), part)
}

func parseCertificate(der []byte) error {
	got, rest, err := cms.ParseCertificate(der)
	if (got == nil) != (err != nil) || err == nil && len(rest) > 0 {
		return fmt.Errorf("got %+v with the error %v, %q is left", got, err, rest)
	}
	return err
}

// TestCertificate reads every field.
func TestCertificate(t *testing.T) {
	der := certificate(nil)
	got, rest, err := cms.ParseCertificate([]byte(der + "rest"))
	if err != nil || string(rest) != "rest" || string(got.Raw) != der || !strings.HasPrefix(der[3:],
		string(got.RawTBS)) ||
		len(got.RawTBS) != 2+0x7c {
		t.Fatalf("%+v, %q, %v", got, rest, err)
	}
	got.Raw, got.RawTBS = nil, nil
	want := &cms.Certificate{Serial: []byte{9}, Issuer: []byte(name("issuer")), Subject: []byte(name("subject")),
		NotBefore:    time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC),
		NotAfter:     time.Date(2055, 6, 7, 8, 9, 10, 0, time.UTC),
		KeyAlgorithm: cms.Algorithm{OID: "1.2.4", Params: []byte(null)}, Key: []byte("key"), SubjectKeyID: []byte("key id"),
		Algorithm: cms.Algorithm{OID: "1.2.5"}, Signature: []byte("signature")}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got.NotBefore.Location() != time.UTC {
		t.Errorf("the time zone is %v", got.NotBefore.Location())
	}
}

func TestCertificateForm(t *testing.T) {
	const yes, no = "\x01\x01\xff", "\x01\x01\x00"
	id := octets(octets("key id"))
	extensions := func(all ...string) fields { return fields{"extensions": tlv(0xa3, seq(all...))} }
	version := func(digits string) fields { return fields{"version": tlv(0xa0, number(digits))} }
	run(t, []check{
		{"as it is", nil, ""},
		{"version 1", version("\x00"), ""},
		{"version 1 by default", fields{"version": ""}, ""},
		{"version 2", version("\x01"), ""},
		{"version 4", version("\x03"), "unknown certificate version 4"},
		{"version 0", version("\xff"), "a version of 1 bytes"},
		{"two versions", fields{"version": tlv(0xa0, number("\x02"), number("\x02"))}, "3 bytes follow"},
		{"no inner algorithm", fields{"inner": ""}, "tag 0x31 where 0x6 is expected"},
		{"one date", fields{"validity": seq(tlv(0x17, "200102030405Z"))}, "damaged DER"},
		{"three dates", fields{"validity": seq(repeat(tlv(0x17, "200102030405Z"), 3))}, "15 bytes follow"},
		{"no date", fields{"until": null}, "damaged DER"},
		{"an odd date", fields{"until": tlv(0x17, "201302030405Z")}, "damaged DER"},
		{"data after a key", fields{"key": seq(seq(oid("\x2a")), tlv(3, "\x00key"), null)}, "2 bytes follow"},
		{"a key that is not whole bytes", fields{"key": seq(seq(oid("\x2a")), tlv(3, "\x01key"))}, "not whole bytes"},
		{"an empty key", fields{"key": seq(seq(oid("\x2a")), tlv(3, "\x00"))}, ""},
		{"a key without the count of unused bits", fields{"key": seq(seq(oid("\x2a")), tlv(3))}, "not whole bytes"},
		{"unique ids", fields{"ids": tlv(0x81, "\x00a") + tlv(0x82, "\x00b")}, ""},
		{"the second unique id", fields{"ids": tlv(0x82, "\x00b")}, ""},
		{"unique ids in another order", fields{"ids": tlv(0x82, "\x00b") + tlv(0x81, "\x00a")}, "follow the last field"},
		{"a unique id twice", fields{"ids": tlv(0x81, "\x00a") + tlv(0x81, "\x00a")}, "follow the last field"},
		{"a third unique id", fields{"ids": tlv(0x83, "\x00b")}, "follow the last field"},
		{"a unique id with values in it", fields{"ids": tlv(0xa1, null)}, "follow the last field"},
		{"an empty unique id", fields{"ids": tlv(0x81)}, "not whole bytes"},
		{"an empty second unique id", fields{"ids": tlv(0x82)}, "not whole bytes"},
		{"no extensions", fields{"extensions": ""}, ""},
		{"an empty list of extensions", extensions(), ""},
		{"extensions of another type", fields{"extensions": tlv(0xa3, null)}, "tag 0x5 where 0x30 is expected"},
		{"two lists of extensions", fields{"extensions": tlv(0xa3, seq(), seq())}, "2 bytes follow"},
		{"behind the extensions", fields{"end": null}, "2 bytes follow"},
		{"critical", extensions(extension("\x2a", yes, octets("x"))), ""},
		{"said not to be critical", extensions(extension("\x2a", no, octets("x"))), ""},
		{"critical in another way", extensions(extension("\x2a", "\x01\x01\x01", octets("x"))), "a malformed boolean"},
		{"critical without saying it", extensions(extension("\x2a", "\x01\x00", octets("x"))), "a malformed boolean"},
		{"critical twice as well", extensions(extension("\x2a", "\x01\x02\xff\xff", octets("x"))), "a malformed boolean"},
		{"critical only", extensions(extension("\x2a", yes)), "truncated"},
		{"data after an extension", extensions(extension("\x2a", octets("x"), null)), "2 bytes follow"},
		{"an empty extension", extensions(extension("\x2a", "")), "truncated"},
		{"any content in another extension", extensions(extension("\x55\x1d\x0f", octets("x")), extension("\x55\x1d\x0f",
			octets("x"))), ""},
		{"two key ids", extensions(extension(keyID, id), extension(keyID, id)), "there are two subject key ids"},
		{"two key ids, the first empty", extensions(extension(keyID, octets(octets(""))), extension(keyID, id)),
			"there are two"},
		{"a key id of another type", extensions(extension(keyID, octets("x"))), "damaged DER"},
		{"data after a key id", extensions(extension(keyID, octets(octets("x")+null))), "2 bytes follow"},
		{"no inner part", fields{"tbs": ""}, "damaged DER"},
		{"an empty inner part", fields{"tbs": seq()}, "damaged DER"},
		{"no algorithm", fields{"algorithm": ""}, "tag 0x3 where 0x30 is expected"},
		{"a signature that is not whole bytes", fields{"signature": tlv(3, "\x04signature")}, "not whole bytes"},
		{"behind the signature", fields{"last": null}, "2 bytes follow"},
		{"the deepest", fields{"algorithm": seq(oid("\x2a"), nested(31))}, ""},
		{"too deep", fields{"algorithm": seq(oid("\x2a"), nested(32))}, "nested more than 32 deep"},
	}, certificate, parseCertificate)
	got, _, err := cms.ParseCertificate([]byte(certificate(extensions(extension("\x2a", yes, octets("x")),
		extension(keyID, id)))))
	if err != nil || string(got.SubjectKeyID) != "key id" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, _, err := cms.ParseCertificate([]byte(certificate(extensions(extension("\x2a", id))))); err != nil ||
		got.SubjectKeyID != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestSound: parts that the parser skips must be DER.
func TestSound(t *testing.T) {
	for _, test := range []struct{ value, want string }{
		{null, ""}, {octets("anything"), ""}, {seq(set(null), seq()), ""}, {tlv(0x28, null), ""}, {tlv(0x2b, null), ""},
		{tlv(0x80, "x"), ""}, {tlv(0xa0, null), ""}, {tlv(0x40, "x"), ""}, {tlv(0x61, null), ""}, {tlv(0xde, "x"), ""},
		{"\x9f\x20\x00", ""}, {tlv(12, "text"), ""}, {tlv(17), "tag 0x11 is not"}, {tlv(16), "tag 0x10 is not"}, {tlv(8),
			"tag 0x8 is not"},
		{tlv(11), "tag 0xb is not"}, {tlv(0x2c), "tag 0x2c is not"}, {tlv(0), "tag 0x0 is not"}, {tlv(0x20),
			"tag 0x20 is not"},
		{tlv(0x29), "tag 0x29 is not"}, {tlv(0x2a), "tag 0x2a is not"}, {tlv(0x32), "tag 0x32 is not"}, {tlv(0xa0,
			tlv(0x24)), "tag 0x24 is not"},
		{seq("\x04\x05x"), "damaged DER"}, {"\x04\x81\x01x", "damaged DER"}, {"\x30\x80\x00\x00", "damaged DER"},
		{"\x9f\x1e\x00", "damaged DER"}, {seq("\x04"), "damaged DER"}, {tlv(0xa0, "x"), "damaged DER"},
	} {
		err := parseCertificate([]byte(certificate(fields{"algorithm": seq(oid("\x2a"), test.value)})))
		if (err == nil) != (test.want == "") || err != nil && !containsText(err, test.want) {
			t.Errorf("% x: %v, want %q", test.value, err, test.want)
		}
	}
}
