package cms_test

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/cms"
	"github.com/gokmod/gokmod/internal/test/signtest"
)

// TestMarshal: what was read is written as it was.
func TestMarshal(t *testing.T) {
	for _, kind := range []signtest.Kind{signtest.RSA, signtest.P521} {
		key := signtest.NewKey(t, kind, "some key", nil)
		for _, opts := range []*signtest.Options{nil, {KeyID: true}, {Hash: crypto.SHA1}, {Hash: crypto.SHA3_512},
			{Others: []*signtest.Key{signtest.NewKey(t, signtest.P256, strings.Repeat("long ", 60), nil)}}} {
			der := key.SignedData(t, []byte("body"), opts)
			data, _, err := cms.Parse(der)
			if err != nil {
				t.Fatal(err)
			}
			if got := data.Marshal(); !bytes.Equal(got, der) {
				t.Errorf("%s with %+v: it was\n%x, is\n%x", kind, opts, der, got)
			}
		}
	}
}

// TestMarshalSizes: values of all lengths, whose length takes one byte or more.
func TestMarshalSizes(t *testing.T) {
	for _, size := range []int{0, 1, 20, 100, 127, 128, 129, 255, 256, 257, 65535, 65536, 70000, 1<<24 + 1} {
		want := bytes.Repeat([]byte{7}, size)
		data := &cms.SignedData{Version: 3, ContentType: cms.OIDData, Digests: []cms.Algorithm{{OID: "1.2.3"}},
			Signers: []cms.Signer{{Version: 3, KeyID: []byte("id"), Digest: cms.Algorithm{OID: "1.2.3"},
				Algorithm: cms.Algorithm{OID: "1.2.4", Params: cms.NoParams()}, Value: want}}}
		got, rest, err := cms.Parse(data.Marshal())
		if err != nil || len(rest) > 0 || !bytes.Equal(got.Signers[0].Value, want) || !got.Detached ||
			!got.Signers[0].Algorithm.Null() {
			t.Fatalf("%d bytes: %v", size, err)
		}
	}
}

// TestMarshalOID compares with encoding/asn1.
func TestMarshalOID(t *testing.T) {
	for _, text := range oids {
		var numbers asn1.ObjectIdentifier
		for part := range strings.SplitSeq(text, ".") {
			if n, err := strconv.Atoi(part); err == nil && n <= math.MaxInt32 {
				numbers = append(numbers, n)
			}
		}
		if len(numbers) < 2 || numbers.String() != text {
			continue // it has none, or too large ones
		}
		want, err := asn1.Marshal(numbers)
		if err != nil {
			t.Fatal(err)
		}
		data := &cms.SignedData{ContentType: text}
		if got := data.Marshal(); !bytes.Contains(got, want) {
			t.Errorf("%s: %x does not have %x", text, got, want)
		}
	}
}

// TestDigestOIDs: numbers and names belong together both ways.
func TestDigestOIDs(t *testing.T) {
	for _, name := range []string{"md4", "md5", "sha1", "rmd160", "sha256", "sha384", "sha512", "sha224", "sha3-256",
		"sha3-384", "sha3-512", "sm3"} {
		if oid := cms.DigestOID(name); oid == "" || cms.DigestName(oid) != name {
			t.Errorf("%s is %q", name, oid)
		}
	}
	if oid := cms.DigestOID("1.2.3"); oid != "" || cms.DigestName("1.2.3") != "1.2.3" {
		t.Errorf("an unknown one is %q", oid)
	}
}
