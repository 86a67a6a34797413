package modsig_test

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"io/fs"
	"log"
	"os"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

func compress(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exampleTB ends a program where a test would fail.
type exampleTB struct{}

func (exampleTB) Helper()           {}
func (exampleTB) TempDir() string   { return os.TempDir() }
func (exampleTB) Fatal(args ...any) { log.Fatal(args...) }

// buildTree has a module that is not signed yet, with a key for it.
func buildTree() fs.FS {
	key := signtest.NewKey(exampleTB{}, signtest.P256, "Build time key", nil)
	packed := modtest.StoredXZ(module())
	return fstest.MapFS{
		"signing_key.pem":  {Data: key.PrivatePEM(exampleTB{})},
		"signing_key.x509": {Data: key.Cert.Raw},
		"driver.ko.xz":     {Data: packed},
	}
}

// openToken is the key of buildTree as one that is elsewhere.
func openToken(tree fs.FS) crypto.Signer {
	text, err := fs.ReadFile(tree, "signing_key.pem")
	if err != nil {
		log.Fatal(err)
	}
	key, err := modsig.ParseKey(text)
	if err != nil {
		log.Fatal(err)
	}
	return elsewhere{key}
}
