package modsig_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// TestReadKeyring reads the same files from disk and from a file system.
func TestReadKeyring(t *testing.T) {
	keys := map[string]*signtest.Key{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		keys[name] = signtest.NewKey(t, signtest.P256, name, nil)
	}
	files := map[string][]byte{
		"certs/2.pem":           keys["b"].PEM(),
		"certs/1.crt":           append(keys["a"].PEM(), keys["b"].PEM()...),
		"certs/3.der":           keys["c"].Cert.Raw,
		"certs/4.x509":          append(keys["d"].Cert.Raw, keys["c"].Cert.Raw...),
		"certs/5.cer":           keys["e"].PEM(),
		"certs/README":          []byte("text"),
		"certs/below.pem/6.pem": keys["f"].PEM(),
		"bad/1.pem":             keys["a"].PEM(),
		"bad/2.pem":             []byte("text"),
		"none/README":           []byte("text"),
		"key":                   keys["f"].PEM(),
		"empty.pem":             nil,
	}
	dir, fsys := t.TempDir(), fstest.MapFS{}
	for name, data := range files {
		fsys[name] = &fstest.MapFile{Data: data}
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		names string
		want  string
		err   error
		about string // the file that the error names
	}{
		{"", "", nil, ""},
		{"certs", "CN=a CN=b CN=c CN=d CN=e", nil, ""},
		{"key certs/2.pem", "CN=f CN=b", nil, ""},
		{"certs/2.pem certs", "CN=b CN=a CN=c CN=d CN=e", nil, ""},
		{"certs certs/below.pem", "CN=a CN=b CN=c CN=d CN=e CN=f", nil, ""},
		{"bad", "", modsig.ErrCertificate, "bad/2.pem"},
		{"key none", "", modsig.ErrNoCertificate, "none"},
		{"empty.pem", "", modsig.ErrNoCertificate, "empty.pem"},
		{"key gone", "", fs.ErrNotExist, "gone"},
	}
	for _, test := range tests {
		names := strings.Fields(test.names)
		k, err := modsig.ReadKeyringFS(fsys, names...)
		check := func(where string, k *modsig.Keyring, err error) {
			t.Helper()
			var about *modsig.Error
			switch {
			case test.err == nil && (err != nil || subjects(k.Certificates()) != test.want):
				t.Errorf("%s in %s: got %+v, %v", test.names, where, k, err)
			case test.err != nil && (!errors.Is(err, test.err) || k != nil || !errors.As(err, &about) ||
				!strings.HasSuffix(filepath.ToSlash(about.Path), test.about)):
				t.Errorf("%s in %s: got %+v, %v", test.names, where, k, err)
			}
		}
		check("a file system", k, err)
		for i := range names {
			names[i] = filepath.Join(dir, names[i])
		}
		k, err = modsig.ReadKeyring(names...)
		check("a folder", k, err)
	}
}

// TestReadKeyringBound: a folder does not fill the memory with certificates.
func TestReadKeyringBound(t *testing.T) {
	large := &fstest.MapFile{Data: append(signtest.NewKey(t, signtest.P256, "a", nil).PEM(), make([]byte, 15<<20)...)}
	fsys := fstest.MapFS{}
	for i := range 5 {
		fsys["certs/"+strconv.Itoa(i)+".pem"] = large
	}
	k, err := modsig.ReadKeyringFS(fsys, "certs")
	if !errors.Is(err, modsig.ErrCertificate) || !strings.Contains(err.Error(), "certs/4.pem: ") || k != nil {
		t.Errorf("got %v", err)
	}
}

// TestKeyringIsShared has several goroutines verify with one keyring.
func TestKeyringIsShared(t *testing.T) {
	key := signtest.NewKey(t, signtest.RSA, "shared", nil)
	keys, good := keyring(t, key), key.Sign(t, module(), nil)
	bad := append([]byte{0}, good[1:]...)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				if _, err := keys.VerifyData(compress(t, good), nil); err != nil {
					t.Error(err)
				}
				if _, err := keys.VerifyData(compress(t, bad), nil); !errors.Is(err, modsig.ErrBadSignature) {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}
