package main

import (
	"bytes"
	"crypto/x509"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// unsignedWorld has modules, and keys to sign them with.
func unsignedWorld(t *testing.T) *world {
	t.Helper()
	key := signtest.NewKey(t, signtest.P256, "mine", nil)
	other := signtest.NewKey(t, signtest.RSA, "other", nil)
	end := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	old := signtest.NewKey(t, signtest.P256, "old", func(c *x509.Certificate) { c.NotAfter = end })
	body := modtest.Named("a", nil, nil).Build()
	w := newWorld()
	files := fstest.MapFS{}
	for name, data := range map[string][]byte{
		"key.pem":        append(key.PrivatePEM(t), key.PEM()...),
		"cert.x509":      key.Cert.Raw,
		"other.pem":      other.PEM(),
		"old.pem":        append(old.PrivatePEM(t), old.PEM()...),
		"text.pem":       []byte("text"),
		"tree/a.ko":      body,
		"tree/b.ko.xz":   dbtest.Compress(t, "xz", body),
		"tree/c.ko.zst":  dbtest.Compress(t, "zst", body),
		"tree/signed.ko": other.Sign(t, body, nil),
		"bad/text.ko":    []byte("text"),
	} {
		files[name] = &fstest.MapFile{Data: data}
	}
	w.dir = modtest.Write(t, files)
	return w
}

func TestSign(t *testing.T) {
	w := unsignedWorld(t)
	const by = ": signed (ECDSA P-256, by CN=mine)\n"
	tree := w.dir + "/tree/"
	runCases(t, w, []toolCase{
		{"kmod verify -c other.pem tree/signed.ko", answer{"1 of 1 modules verified\n", "", 0}},
		{"kmod sign -k key.pem -c cert.x509 -v tree", answer{
			tree + "a.ko" + by + tree + "b.ko.xz" + by + tree + "c.ko.zst" + by + tree + "signed.ko" + by, "", 0}},
		{"kmod verify -c cert.x509 tree", answer{"4 of 4 modules verified\n", "", 0}},
		{"kmod sign --key=key.pem --cert=key.pem --hash=sha512 --key-id tree/a.ko", answer{"", "", 0}},
		{"kmod verify -v -c key.pem tree/a.ko", answer{
			tree + "a.ko: verified (ECDSA P-256, sha512, by CN=mine)\n1 of 1 modules verified\n", "", 0}},
		{"kmod sign --strip -v tree/a.ko tree/b.ko.xz", answer{
			tree + "a.ko: stripped\n" + tree + "b.ko.xz: stripped\n", "", 0}},
		{"kmod verify -c key.pem tree/b.ko.xz", answer{
			tree + "b.ko.xz: the module is not signed\n0 of 1 modules verified\n", "", 1}},
		{"kmod sign -k old.pem -c old.pem tree/a.ko", answer{"", "sign: WARNING: the certificate of CN=old expired at " +
			"2020-01-02T03:04:05Z; kernels accept its signatures, others need not.\n", 0}},
		{"kmod verify -c old.pem --ignore-validity tree/a.ko", answer{"1 of 1 modules verified\n", "", 0}},
	})
}

// TestSignErrors: all modules but the bad ones are signed, and none without a key.
func TestSignErrors(t *testing.T) {
	w := unsignedWorld(t)
	before := readFile(t, w.dir+"/tree/a.ko")
	const missing = "sign: ERROR: the key or the certificate is not given; see --key and --cert\n"
	runCases(t, w, []toolCase{
		{"kmod sign -k key.pem tree", answer{"", missing, 1}},
		{"kmod sign -c key.pem tree", answer{"", missing, 1}},
		{"kmod sign -k key.pem -c key.pem", answer{"", "sign: ERROR: missing filename or directory.\n", 1}},
		{"kmod sign -k key.pem -c key.pem ''", answer{"", "sign: ERROR: the name of a file is empty.\n", 1}},
		{"kmod sign -s -k key.pem tree", answer{"", "sign: ERROR: --strip takes neither --key, --cert nor --detached.\n", 1}},
		{"kmod sign -k text.pem -c key.pem tree", answer{"", "sign: ERROR: " + w.dir +
			"/text.pem: the private key cannot be read: there is none in it\n", 1}},
		{"kmod sign -k key.pem -c other.pem tree", answer{"", "sign: ERROR: " + w.dir +
			"/other.pem: the private key does not belong to the certificate: that of CN=other\n", 1}},
		{"kmod sign -k key.pem -c key.pem -a md5 tree", answer{"", "sign: ERROR: the kind of signature is not supported: " +
			"the digest is \"md5\"\n", 1}},
		{"kmod sign -Z", answer{"", "sign: invalid option -- 'Z'\n", 1}},
	})
	if !bytes.Equal(readFile(t, w.dir+"/tree/a.ko"), before) {
		t.Error("a module has changed")
	}
	runCases(t, w, []toolCase{
		{"kmod sign -v -k key.pem -c key.pem bad/text.ko gone.ko tree/a.ko", answer{
			w.dir + "/tree/a.ko: signed (ECDSA P-256, by CN=mine)\n",
			"sign: ERROR: could not sign " + w.dir + "/bad/text.ko: " + "not a valid kernel module: not an ELF file\n" +
				"sign: ERROR: could not sign " + w.dir + "/gone.ko: No such file or directory\n", 1}},
		{"kmod verify -c key.pem tree/a.ko", answer{"1 of 1 modules verified\n", "", 0}},
	})
}

// TestSignDetached: the bare signature, appended, makes what is signed in place.
func TestSignDetached(t *testing.T) {
	w := unsignedWorld(t)
	runCases(t, w, []toolCase{{"kmod sign -d -k key.pem -c key.pem tree/b.ko.xz", answer{"", "", 0}}})
	bare := readFile(t, filepath.Join(w.dir, "tree/b.ko.xz.p7s"))
	keys, err := modsig.ReadKeyring(filepath.Join(w.dir, "key.pem"))
	if err == nil {
		_, err = keys.Verify(signtest.Append(modtest.Named("a", nil, nil).Build(), bare), nil)
	}
	if err != nil {
		t.Error(err)
	}
}
