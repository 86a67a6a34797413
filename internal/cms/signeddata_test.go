package cms_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/gokmod/gokmod/internal/cms"
)

func parseSignedData(der []byte) error {
	got, _, err := cms.Parse(der)
	if (got == nil) != (err != nil) {
		return fmt.Errorf("got %+v with the error %v", got, err)
	}
	return err
}

// TestSignedData reads every field.
func TestSignedData(t *testing.T) {
	attrs := tlv(0xa0, seq(oid("\x2a\x07"), set(null)))
	byID := signer(fields{"version": number("\x03"), "id": tlv(0x80, "id"), "digest": seq(oid("\x2a\x06"), null),
		"attrs":    attrs,
		"unsigned": tlv(0xa1, seq(oid("\x2a\x08"), set(null, null))), "value": octets("another")})
	der := signedData(fields{"version": number("\x03"), "digests": set(seq(oid("\x2a\x01")), seq(oid("\x2a\x06"), null)),
		"type": oid("\x2a\x09"), "content": tlv(0xa0, octets("content")), "certs": tlv(0xa0, certificate(nil),
			certificate(nil)),
		"crls": tlv(0xa1, "anything"), "signers": set(signer(nil), byID)})
	got, rest, err := cms.Parse([]byte(der + "rest"))
	if err != nil || string(rest) != "rest" || len(got.Certs) != 2 || string(got.Certs[1].Raw) != certificate(nil) {
		t.Fatalf("%+v, %q, %v", got, rest, err)
	}
	got.Certs = nil
	want := &cms.SignedData{Version: 3, Digests: []cms.Algorithm{{OID: "1.2.1"}, {OID: "1.2.6", Params: []byte(null)}},
		ContentType: "1.2.9", Revocations: true, Signers: []cms.Signer{
			{Version: 1, Issuer: []byte(name("issuer")), Serial: []byte{7}, Digest: cms.Algorithm{OID: "1.2.1"},
				Algorithm: cms.Algorithm{OID: "1.2.2", Params: []byte(octets("p"))}, Value: []byte("signature")},
			{Version: 3, KeyID: []byte("id"), Digest: cms.Algorithm{OID: "1.2.6", Params: []byte(null)}, Attrs: []byte(attrs),
				Algorithm: cms.Algorithm{OID: "1.2.2", Params: []byte(octets("p"))}, Value: []byte("another")},
		}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	got, rest, err = cms.Parse([]byte(signedData(nil)))
	if err != nil || len(rest) > 0 || !got.Detached || got.Revocations || got.Certs != nil ||
		got.ContentType != cms.OIDData {
		t.Errorf("%+v, %q, %v", got, rest, err)
	}
}

func TestSignedDataForm(t *testing.T) {
	many := func(n int, s string) string { return repeat(s, n) }
	algorithm, cert := seq(oid("\x2a\x01")), certificate(nil)
	attr := seq(oid("\x2a\x07"), set(null))
	run(t, []check{
		{"as it is", nil, ""},
		{"not signed data", fields{"oid": oid(dataOID)}, `the content type is "1.2.840.113549.1.7.1", not signed data`},
		{"no content", fields{"explicit": ""}, "truncated"},
		{"content of another tag", fields{"explicit": tlv(0xa1, null)}, "tag 0xa1 where 0xa0 is expected"},
		{"behind the content", fields{"last": null}, "2 bytes follow the last field"},
		{"behind the data", fields{"behind": null}, "2 bytes follow the last field"},
		{"behind the signers", fields{"end": null}, "2 bytes follow the last field"},
		{"behind the content of another type", fields{"content": null}, "2 bytes follow the last field"},
		{"version 0", fields{"version": number("\x00")}, ""},
		{"version 127", fields{"version": number("\x7f")}, ""},
		{"version 128", fields{"version": number("\x00\x80")}, "a version of 2 bytes"},
		{"version -1", fields{"version": number("\xff")}, "a version of 1 bytes"},
		{"version -128", fields{"version": number("\x80")}, "a version of 1 bytes"},
		{"no digest", fields{"digests": set()}, ""},
		{"64 digests", fields{"digests": set(many(64, algorithm))}, ""},
		{"65 digests", fields{"digests": set(many(65, algorithm))}, "more than 64 elements"},
		{"a digest with two parameters", fields{"digests": set(seq(oid("\x2a\x01"), null, null))}, "2 bytes follow"},
		{"digests in a sequence", fields{"digests": seq(algorithm)}, "tag 0x30 where 0x31 is expected"},
		{"64 certificates", fields{"certs": tlv(0xa0, many(64, cert))}, ""},
		{"65 certificates", fields{"certs": tlv(0xa0, many(65, cert))}, "more than 64 elements"},
		{"no certificate", fields{"certs": tlv(0xa0)}, "truncated"},
		{"bytes in place of certificates", fields{"certs": tlv(0xa0, "x")}, "damaged DER"},
		{"certificates behind revocation lists", fields{"crls": tlv(0xa1) + tlv(0xa0, cert)},
			"tag 0xa0 where 0x31 is expected"},
		{"certificates in one value", fields{"certs": tlv(0x80, cert)}, "tag 0x80 where 0x31 is expected"},
		{"no signer", fields{"signers": set()}, "there is no signer"},
		{"64 signers", fields{"signers": set(many(64, signer(nil)))}, ""},
		{"65 signers", fields{"signers": set(many(65, signer(nil)))}, "more than 64 elements"},
		{"another value among the signers", fields{"signers": set(signer(nil), null)}, "tag 0x5 where 0x30 is expected"},
	}, signedData, parseSignedData)
	run(t, []check{
		{"as it is", nil, ""},
		{"another value in the id", fields{"id": seq(name("issuer"), number("\x07"), null)}, "2 bytes follow"},
		{"no serial number", fields{"id": seq(name("issuer"))}, "truncated"},
		{"an id with values in it", fields{"id": tlv(0xa0, null)}, "tag 0xa0 where 0x30 is expected"},
		{"an issuer that is a set", fields{"issuer": set()}, "tag 0x31 where 0x30 is expected"},
		{"an empty id", fields{"id": tlv(0x80)}, ""},
		{"a value in pieces", fields{"value": tlv(0x24, octets("x"))}, "tag 0x24 where 0x4 is expected"},
		{"behind it", fields{"end": null}, "2 bytes follow"},
		{"unsigned attributes", fields{"unsigned": tlv(0xa1, attr, attr)}, ""},
		{"64 unsigned attributes", fields{"unsigned": tlv(0xa1, many(64, attr))}, ""},
		{"65 unsigned attributes", fields{"unsigned": tlv(0xa1, many(65, attr))}, "more than 64 elements"},
		{"no unsigned attributes", fields{"unsigned": tlv(0xa1)}, "truncated"},
		{"unsigned attributes in one value", fields{"unsigned": tlv(0x81, attr)}, "follow the last field"},
		{"an unsigned attribute without values", fields{"unsigned": tlv(0xa1, seq(oid("\x2a"), set()))}, "without a value"},
		{"an unsigned attribute with more", fields{"unsigned": tlv(0xa1, seq(oid("\x2a"), set(null), null))},
			"2 bytes follow"},
		{"an unsigned attribute without a kind", fields{"unsigned": tlv(0xa1, seq(set(null)))},
			"tag 0x31 where 0x6 is expected"},
		{"a damaged value", fields{"unsigned": tlv(0xa1, seq(oid("\x2a"), set("\x04\x05x")))}, "damaged DER"},
		{"signed attributes are not read yet", fields{"attrs": tlv(0xa0, null)}, ""},
	}, func(f fields) string { return signedData(fields{"signers": set(signer(f))}) }, parseSignedData)
}

// TestSignedDataChanges: no part of a signature can be left out, inserted or given
// another tag, except for those listed here.
func TestSignedDataChanges(t *testing.T) {
	der := signedData(fields{"certs": tlv(0xa0, certificate(nil)), "signers": set(signer(fields{"attrs": tlv(0xa0,
		null)}))})
	free := map[string]bool{}
	everyChange(t, der, func(change string, inside byte, at int, der string) {
		if parseSignedData([]byte(der)) == nil {
			free[fmt.Sprintf("%s: %d of %#x", change, at, inside)] = true
		}
	})
	want := map[string]bool{
		// Contents of signed attributes, names and parameters of algorithms.
		"left out: 0 of 0xa0": true, "another class: 0 of 0xa0": true, "a null before: 0 of 0xa0": true,
		"a null behind: 0 of 0xa0": true,
		"left out: 0 of 0x30":      true, "another class: 0 of 0x30": true, "a null before: 0 of 0x30": true,
		"a null behind: 0 of 0x30": true,
		"left out: 1 of 0x30":      true, "another class: 1 of 0x30": true, "a null before: 1 of 0x30": true,
		"a null behind: 1 of 0x30": true,
		"left out: 0 of 0x31":      true, "another class: 0 of 0x31": true, "a null before: 0 of 0x31": true,
		"a null behind: 0 of 0x31": true,
		"left out: 0 of 0xa3":      false,
		// Optional: certificates, signed attributes, version and extensions.
		"left out: 3 of 0x30": true, "left out: 7 of 0x30": true,
	}
	for change := range free {
		if !want[change] {
			t.Errorf("%s: it can be", change)
		}
	}
}

func TestAttributes(t *testing.T) {
	attr := func(kind string, values ...string) string { return seq(oid("\x2a"+kind), set(values...)) }
	var kinds string
	for i := range 63 {
		kinds += attr(string([]byte{byte(i)}), null)
	}
	for _, test := range []struct{ name, attrs, want string }{
		{"two", tlv(0xa0, attr("\x01", octets("x")), attr("\x02", null)), ""},
		{"none", tlv(0xa0), ""},
		{"64", tlv(0xa0, kinds, attr("\x7f", null)), ""},
		{"65", tlv(0xa0, kinds, attr("\x7f", null), attr("\x7e", null)), "more than 64 elements"},
		{"the same twice", tlv(0xa0, attr("\x01", null), attr("\x02", null), attr("\x01", null)),
			"the attribute 1.2.1 appears twice"},
		{"two values", tlv(0xa0, attr("\x01", null, null)), "2 bytes follow"},
		{"no value", tlv(0xa0, attr("\x01")), "truncated"},
		{"data after an attribute", tlv(0xa0, seq(oid("\x2a"), set(null), null)), "2 bytes follow"},
		{"no kind", tlv(0xa0, seq(set(null))), "tag 0x31 where 0x6 is expected"},
		{"something behind", tlv(0xa0, attr("\x01", null)) + null, "2 bytes follow"},
		{"another tag", set(attr("\x01", null)), "tag 0x31 where 0xa0 is expected"},
		{"the deepest", tlv(0xa0, attr("\x01", nested(32))), ""},
		{"too deep", tlv(0xa0, attr("\x01", nested(33))), "nested more than 32 deep"},
	} {
		s := cms.Signer{Attrs: []byte(test.attrs)}
		got, err := s.Attributes()
		switch {
		case test.want != "":
			checkSyntax(t, test.name, got == nil, err, test.want)
		case err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.name == "two" && (len(got) != 2 || got[0].OID != "1.2.1" ||
			string(got[0].Value.Full) != octets("x") ||
			got[1].OID != "1.2.2" || string(got[1].Value.Full) != null):
			t.Errorf("got %+v", got)
		}
	}
	s := cms.Signer{Attrs: []byte(tlv(0xa0, attr("\x01", null)))}
	if got := string(s.SignedAttrs()); got != set(attr("\x01", null)) || s.Attrs[0] != 0xa0 {
		t.Errorf("signed is % x of % x", got, s.Attrs)
	}
}

func checkSyntax(t *testing.T, name string, none bool, err error, want string) {
	t.Helper()
	if !none || !errors.Is(err, cms.ErrSyntax) || !containsText(err, want) {
		t.Errorf("%s: %v, want %q", name, err, want)
	}
}
