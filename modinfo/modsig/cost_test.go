package modsig

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"testing"

	"github.com/gokmod/gokmod/internal/test/signtest"
)

// TestCost: a body is read once for each digest, however many signers use it, and not
// at all for signers with an unknown key.
func TestCost(t *testing.T) {
	body := bytes.Repeat([]byte("body"), 50_000)
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	stranger := signtest.NewKey(t, signtest.P256, "stranger", func(c *x509.Certificate) { c.SubjectKeyId = []byte("other") })
	certs, err := ParseCertificates(key.Cert.Raw)
	if err != nil {
		t.Fatal(err)
	}
	var others []*signtest.Key
	for range maxSigners - 1 {
		others = append(others, key)
	}
	for name, test := range map[string]struct {
		image []byte
		want  int
	}{
		"one signer":         {key.Sign(t, body, nil), 1},
		"64 signers":         {key.Sign(t, body, &signtest.Options{Others: others}), 1},
		"64 with attributes": {key.Sign(t, body, &signtest.Options{Others: others, Attributes: true}), 1},
		"another digest":     {key.Sign(t, body, &signtest.Options{Hash: crypto.SHA512}), 1},
		"an unknown key":     {stranger.Sign(t, body, nil), 0},
		"a refused digest":   {key.Sign(t, body, &signtest.Options{Hash: crypto.SHA1}), 0},
	} {
		v := verifierOf(t, NewKeyring(certs...), test.image)
		v.verify()
		if want := int64(test.want * len(body)); v.digests.read != want {
			t.Errorf("%s: %d bytes are read, want %d", name, v.digests.read, want)
		}
	}
}

const maxSigners = 64

func verifierOf(t *testing.T, keys *Keyring, image []byte) *verifier {
	t.Helper()
	body, signature, err := module{bytes.NewReader(image), int64(len(image))}.split()
	if err != nil {
		t.Fatal(err)
	}
	data, err := parse(signature)
	if err != nil {
		t.Fatal(err)
	}
	return &verifier{keys: keys, opts: &Options{AllowAttributes: true}, data: data, digests: digests{body: body}}
}
