package cms_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"

	"github.com/gokmod/gokmod/internal/cms"
	"github.com/gokmod/gokmod/internal/test/signtest"
)

func TestParse(t *testing.T) {
	key := signtest.NewKey(t, signtest.RSA, "some key", func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: "some key", Organization: []string{"us"}}
		c.SerialNumber = big.NewInt(0x8001)
	})
	for _, opts := range []signtest.Options{{}, {KeyID: true}, {Attributes: true}, {Embed: true}, {Content: []byte("x")},
		{Others: []*signtest.Key{key, key}}} {
		der := key.SignedData(t, []byte("body"), &opts)
		got, rest, err := cms.Parse(append(bytes.Clone(der), "rest"...))
		if err != nil || string(rest) != "rest" {
			t.Fatalf("%+v: %v, and %q is left", opts, err, rest)
		}
		s := got.Signers[0]
		if len(got.Signers) != 1+len(opts.Others) || len(got.Digests) != 1 ||
			cms.DigestName(got.Digests[0].OID) != "sha256" ||
			got.ContentType != cms.OIDData || got.Detached != (opts.Content == nil) || (s.Attrs != nil) != opts.Attributes ||
			(len(got.Certs) == 1) != opts.Embed || len(s.Value) != 256 || cms.DigestName(s.Digest.OID) != "sha256" {
			t.Errorf("%+v gives %+v", opts, got)
		}
		if opts.KeyID {
			if string(s.KeyID) != "key of some key" || s.Issuer != nil || s.Version != 3 {
				t.Errorf("%+v is signed by %+v", opts, s)
			}
		} else if !bytes.Equal(s.Issuer, key.Cert.RawIssuer) || !bytes.Equal(s.Serial, []byte{0, 0x80, 1}) ||
			s.Version != 1 ||
			!bytes.Equal(cms.Number(s.Serial), []byte{0x80, 1}) || cms.CommonName(s.Issuer) != "some key" {
			t.Errorf("%+v is signed by %+v", opts, s)
		}
	}
}

func TestParseDamaged(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "some key", nil)
	der := key.SignedData(t, []byte("body"), &signtest.Options{Attributes: true})
	for n := range der {
		if got, _, err := cms.Parse(der[:n]); !errors.Is(err, cms.ErrSyntax) || got != nil {
			t.Fatalf("%d bytes give %+v, %v", n, got, err)
		}
	}
	var many []*signtest.Key
	for range 64 {
		many = append(many, key)
	}
	if _, _, err := cms.Parse(key.SignedData(t, nil, &signtest.Options{Others: many})); !errors.Is(err, cms.ErrSyntax) {
		t.Errorf("65 signers give %v", err)
	}
	if _, _, err := cms.Parse(key.SignedData(t, nil, &signtest.Options{Others: many[1:]})); err != nil {
		t.Errorf("64 signers give %v", err)
	}
}

// TestNumbers: every number has exactly one encoding.
func TestNumbers(t *testing.T) {
	for der, want := range map[string]string{
		"\x30\x06\x02\x01\x05\x02\x01\x03": "\x05", "\x30\x07\x02\x02\x00\x80\x02\x01\x03": "\x80",
		"\x30\x06\x02\x01\x85\x02\x01\x03": "", "\x30\x07\x02\x02\x00\x05\x02\x01\x03": "",
		"\x30\x07\x02\x02\xff\x85\x02\x01\x03": "", "\x30\x05\x02\x00\x02\x01\x03": "",
		"\x30\x06\x02\x01\x05\x02\x01\x03\x00": "", "\x30\x03\x02\x01\x05": "", "": "",
	} {
		modulus, exponent, err := cms.ParseRSAKey([]byte(der))
		if want == "" {
			if !errors.Is(err, cms.ErrSyntax) {
				t.Errorf("% x gives % x, % x, %v", der, modulus, exponent, err)
			}
			continue
		}
		if err != nil || string(modulus) != want || string(exponent) != "\x03" {
			t.Errorf("% x gives % x, % x, %v", der, modulus, exponent, err)
		}
	}
}

func TestOIDs(t *testing.T) {
	for der, want := range map[string]string{
		"\x06\x03\x55\x04\x03": "2.5.4.3",
		"\x06\x03\x2a\x86\x48": "1.2.840",
		// Numbers of 128 bits, as derived from UUIDs.
		"\x06\x07\x69\x8f\xff\xff\xff\xff\x7f": "698fffffffff7f",
		"\x06\x00":                             "", "\x05\x00": "", "": "",
	} {
		got, err := cms.ParseOID([]byte(der))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("% x gives %q, %v", der, got, err)
		}
	}
}

// TestNames: the common name is the first one, whatever else the name has.
func TestNames(t *testing.T) {
	name, err := asn1.Marshal(pkix.Name{CommonName: "first", Country: []string{"XX"},
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 3},
			Value: "second"}}}.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	if got := cms.CommonName(name); got != "second" && got != "first" {
		t.Errorf("the common name is %q", got)
	}
	for _, der := range []string{"", "\x30\x00", "\x31\x00", string(name[:len(name)-1])} {
		if got := cms.CommonName([]byte(der)); got != "" {
			t.Errorf("% x is called %q", der, got)
		}
	}
}

// FuzzParse: a part that was read is a slice of the input, and reads the same
// on its own.
func FuzzParse(f *testing.F) {
	key := signtest.NewKey(f, signtest.P256, "some key", nil)
	for _, opts := range []signtest.Options{{}, {KeyID: true}, {Attributes: true}, {Embed: true, Content: []byte("x")}} {
		f.Add(key.SignedData(f, []byte("body"), &opts))
	}
	f.Add(key.Cert.Raw)
	f.Fuzz(func(t *testing.T, der []byte) {
		got, rest, err := cms.Parse(der)
		if err == nil {
			if len(got.Signers) == 0 || !bytes.HasSuffix(der, rest) {
				t.Fatalf("got %+v, and % x is left", got, rest)
			}
			for i := range got.Signers {
				s := &got.Signers[i]
				if (s.KeyID == nil) == (s.Issuer == nil) {
					t.Fatalf("it is signed by %+v", s)
				}
				if attrs, err := s.Attributes(); s.Attrs != nil && err == nil && len(s.SignedAttrs()) != len(s.Attrs) {
					t.Fatalf("the attributes are %+v", attrs)
				}
			}
			if _, more, err := cms.Parse(der[:len(der)-len(rest)]); err != nil || len(more) > 0 {
				t.Fatalf("read alone: %v, and % x is left", err, more)
			}
		} else if got != nil || !errors.Is(err, cms.ErrSyntax) {
			t.Fatalf("got %+v, %v", got, err)
		}
		cert, rest, err := cms.ParseCertificate(der)
		if err == nil && !bytes.Equal(append(bytes.Clone(cert.Raw), rest...), der) || err != nil && cert != nil {
			t.Fatalf("got %+v, %v, and % x is left", cert, err, rest)
		}
	})
}
