package modinfo_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// block makes the data that follows a signed module.
func block(signer, key, sig string, hash, id byte) []byte {
	b := []byte(signer + key + sig)
	b = append(b, 0, hash, id, byte(len(signer)), byte(len(key)), 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(sig)))
	return append(b, "~Module signature appended~\n"...)
}

// signedWith returns a module with the given signature block, and its size
// without it.
func signedWith(sig []byte) ([]byte, int64) {
	m := modtest.Named("signed", nil, nil)
	size := int64(len(m.Build()))
	m.Signature = sig
	return m.Build(), size
}

// goldenSignature is the DER block of the golden signed module.
func goldenSignature(t *testing.T) *modinfo.Signature {
	t.Helper()
	sig := read(t, modtest.GoldenModule(t, "kernel/gm/gm_param.ko.xz")).Signature
	if sig == nil || sig.Err != nil {
		t.Fatalf("the golden signature is %+v", sig)
	}
	return sig
}

func TestOldSignatures(t *testing.T) {
	for id, kind := range map[byte]string{0: "PGP", 1: "X509"} {
		image, size := signedWith(block("Someone", "\x01\x02\xff", "the signature", 6, id))
		sig := read(t, image).Signature
		if sig == nil {
			t.Fatal("there is no signature")
		}
		equal(t, "ID", sig.ID, kind)
		equal(t, "Signer", sig.Signer, "Someone")
		equal(t, "Key", sig.Key, []byte{1, 2, 255})
		equal(t, "HashAlgo", sig.HashAlgo, "sha512")
		equal(t, "Value", string(sig.Value), "the signature")
		equal(t, "SignedSize", sig.SignedSize, size)
	}
}

func TestDamagedSignatures(t *testing.T) {
	der := string(goldenSignature(t).Raw)
	long := block("", "", "x", 4, 2)
	binary.BigEndian.PutUint32(long[len(long)-32:], 1<<31)
	tests := map[string][]byte{
		"longer than the file": long,
		"empty":                block("", "", "", 4, 2),
		"not DER":              block("", "", "this is not DER at all", 4, 2),
		"cut off":              block("", "", der[:len(der)/2], 4, 2),
		"other content":        block("", "", "\x30\x03\x02\x01\x05", 4, 2),
	}
	for name, sig := range tests {
		t.Run(name, func(t *testing.T) {
			image, _ := signedWith(sig)
			got := read(t, image).Signature
			if got == nil || got.Err == nil || got.Signer != "" || got.ID != "PKCS#7" {
				t.Errorf("signature is %+v", got)
			}
		})
	}
	image, size := signedWith(block("", "", der, 4, 2))
	if sig := read(t, image).Signature; sig.Err == nil ||
		sig.Signer == "" || len(sig.Value) == 0 || sig.SignedSize != size {
		t.Errorf("a digest in the trailer gives %+v", sig)
	}
	image, _ = signedWith([]byte("~Module signature appended~"))
	if sig := read(t, image).Signature; sig != nil {
		t.Errorf("half a marker gives %+v", sig)
	}
}

// TestSignatureMutations changes every byte of a real signature block: it never
// panics, and the module can always be read.
func TestSignatureMutations(t *testing.T) {
	raw := goldenSignature(t).Raw
	for i := range raw {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			der := bytes.Clone(raw)
			der[i] ^= flip
			image, size := signedWith(block("", "", string(der), 4, 2))
			sig := read(t, image).Signature
			if sig == nil || sig.SignedSize != size || !bytes.Equal(sig.Raw, der) {
				t.Fatalf("byte %d: signature is %+v", i, sig)
			}
		}
	}
}

func TestBuiltins(t *testing.T) {
	data := []byte(strings.Join([]string{"one.license=GPL", "one.parm=x.y:text with = and .", "two-b.license=MIT", "odd",
		".license=none", "one.alias=a*", "two_b.author=me", "", "three.flag"}, "\x00") + "\x00")
	var names []string
	for name, info := range modinfo.Builtins(data) {
		names = append(names, name)
		equal(t, name, modinfo.Builtin(data, name).Fields, info.Fields)
	}
	equal(t, "names", names, []string{"one", "two_b", "three"})
	equal(t, "fields of one", modinfo.Builtin(data, "one").Fields, modinfo.Fields{
		{"license", "GPL"}, {"parm", "x.y:text with = and ."}, {"alias", "a*"}})
	equal(t, "fields of two-b", modinfo.Builtin(data, "two-b").Fields, modinfo.Fields{{"license", "MIT"}, {"author", "me"}})
	if info := modinfo.Builtin(data, "four"); info != nil {
		t.Errorf("an unknown name gives %v", info)
	}
}

// TestSignatureParts: the signature is what stands behind signer and key id, also where
// these should not be there.
func TestSignatureParts(t *testing.T) {
	der := string(goldenSignature(t).Raw)
	for _, test := range []struct {
		signer, key string
		id          byte
		damaged     bool
	}{{"", "", 2, false}, {"s", "", 2, true}, {"", "k", 2, true}, {"sig", "ke", 2, true}, {"sig", "ke", 1, false}, {"",
		"", 0, false}} {
		b := block(test.signer, test.key, der, 0, test.id)
		image, size := signedWith(b)
		sig := read(t, image).Signature
		if string(sig.Raw) != der || (sig.Err != nil) != test.damaged || sig.SignedSize != size {
			t.Errorf("%+v: %d bytes of %d are signed, %v", test, sig.SignedSize, size, sig.Err)
		}
		if test.damaged && sig.Err.Error() != "fields of its trailer should be zero but are not" {
			t.Errorf("%+v: %v", test, sig.Err)
		}
		if test.id != 2 && (sig.Signer != test.signer || string(sig.Key) != test.key || sig.HashAlgo != "md4") ||
			test.id == 2 && (sig.Signer != "Golden module signing key" || sig.HashAlgo != "sha256") {
			t.Errorf("%+v: %+v", test, sig)
		}
	}
}
