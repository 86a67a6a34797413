package trailer_test

import (
	"bytes"
	"testing"

	"github.com/gokmod/gokmod/internal/trailer"
)

func TestRoundTrip(t *testing.T) {
	want := trailer.Trailer{Algorithm: 1, Hash: 2, Kind: trailer.PKCS7, SignerLen: 4, KeyIDLen: 5,
		Padding: [3]byte{6, 7, 8}, SignatureLen: 0x01020304}
	b := want.Append([]byte("module"))
	if !bytes.Equal(b[:18], []byte("module\x01\x02\x02\x04\x05\x06\x07\x08\x01\x02\x03\x04")) {
		t.Errorf("the trailer begins with % x", b[6:18])
	}
	got, ok := trailer.Parse(b[6:])
	if !ok || got != want {
		t.Errorf("got %+v, %v", got, ok)
	}
}

func TestUnused(t *testing.T) {
	plain := trailer.Trailer{Kind: trailer.PKCS7, SignatureLen: 300}
	digest, padded := plain, plain
	digest.Hash, padded.Padding[2] = 4, 1
	if !plain.Unused() || digest.Unused() || padded.Unused() {
		t.Errorf("got %v, %v, %v", plain.Unused(), digest.Unused(), padded.Unused())
	}
}

func TestNoTrailer(t *testing.T) {
	whole := trailer.Trailer{}.Append(nil)
	changed := bytes.Clone(whole)
	changed[len(changed)-1] = 0
	for name, end := range map[string][]byte{
		"empty": nil, "short": whole[1:], "long": append([]byte{0}, whole...), "other marker": changed,
	} {
		if _, ok := trailer.Parse(end); ok {
			t.Errorf("%s: taken for a trailer", name)
		}
	}
}
