package modsig_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/modinfo"
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
		{"bad", "", modsig.ErrNoCertificate, "bad/2.pem"},
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
		check("a directory", k, err)
	}
}

// TestReadKeyringBound: a directory cannot fill the memory with certificates.
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

// brokenDir is a file system in which directories cannot be listed.
type brokenDir struct{ fstest.MapFS }

func (b brokenDir) ReadDir(name string) ([]fs.DirEntry, error) {
	return nil, &fs.PathError{Op: "readdir", Path: name, Err: syscall.EIO}
}

// TestReadKeyringErrors: each file that cannot be read is named, once.
func TestReadKeyringErrors(t *testing.T) {
	good := &fstest.MapFile{Data: signtest.NewKey(t, signtest.P256, "a", nil).PEM()}
	fsys := fstest.MapFS{"dir/a.pem": good, "dir/b.pem": good, "file": good}
	for _, test := range []struct {
		fsys fs.FS
		name string
		want string
	}{
		{brokenDir{fsys}, "dir", "dir: input/output error"},
		{modtest.Failing{FS: fsys, Name: "dir/b.pem", Err: syscall.EACCES}, "dir", "dir/b.pem: permission denied"},
		{modtest.Failing{FS: fsys, Name: "file", Err: syscall.EACCES}, "file", "file: permission denied"},
		{fsys, "none", "none: file does not exist"},
	} {
		k, err := modsig.ReadKeyringFS(test.fsys, test.name)
		var typed *modsig.Error
		if k != nil || !errors.As(err, &typed) || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
	dir := t.TempDir()
	if err := os.Symlink("none", filepath.Join(dir, "a.pem")); err != nil {
		t.Skip(err)
	}
	_, err := modsig.ReadKeyring(dir)
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), filepath.Join(dir, "a.pem")+": ") {
		t.Errorf("a link that leads nowhere: %v", err)
	}
}

// TestCertificateNames: only files with these endings count in a directory.
func TestCertificateNames(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "a", nil)
	for name, want := range map[string]bool{"a.pem": true, "a.crt": true, "a.cer": true, "a.der": true, "a.x509": true,
		".pem": true, "a.PEM": false, "pem": false, "a.pem.bak": false, "a.key": false, "a.der.pem": true, "a": false} {
		k, err := modsig.ReadKeyringFS(fstest.MapFS{"dir/" + name: {Data: key.PEM()}}, "dir")
		if want && (err != nil || len(k.Certificates()) != 1) || !want && !errors.Is(err, modsig.ErrNoCertificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeyringSizes: a file has at most 16 MiB, and all of a keyring 64 MiB.
func TestKeyringSizes(t *testing.T) {
	pem := signtest.NewKey(t, signtest.P256, "a", nil).PEM()
	whole := append(pem, make([]byte, 16<<20-len(pem))...)
	fsys := fstest.MapFS{"most": {Data: whole}, "more": {Data: append(whole[:len(whole):len(whole)], 0)},
		"small": {Data: pem}}
	if k, err := modsig.ReadKeyringFS(fsys, "most", "most", "most", "most"); err != nil || len(k.Certificates()) != 1 {
		t.Errorf("64 MiB: %v", err)
	}
	_, err := modsig.ReadKeyringFS(fsys, "most", "most", "most", "most", "small")
	if !errors.Is(err, modsig.ErrCertificate) ||
		err.Error() != "small: the certificate is damaged: there are too many of them" {
		t.Errorf("more than 64 MiB: %v", err)
	}
	_, err = modsig.ReadKeyringFS(fsys, "more")
	if !errors.Is(err, modinfo.ErrTooLarge) || !strings.HasPrefix(err.Error(), "more: ") {
		t.Errorf("more than 16 MiB: %v", err)
	}
}

// TestFirstReason: where several certificates or signers may be meant, the first reason
// is told, and one that fits is enough.
func TestFirstReason(t *testing.T) {
	now := time.Now()
	old := signtest.NewKey(t, signtest.P256, "same", func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, -1, 0) })
	serial := func(c *x509.Certificate) { c.SerialNumber = old.Cert.SerialNumber }
	other, rsaKey := signtest.NewKey(t, signtest.P256, "same", serial), signtest.NewKey(t, signtest.RSA, "same", serial)
	signed := old.Sign(t, module(), nil)
	for _, test := range []struct {
		keys []*signtest.Key
		want error
	}{
		{[]*signtest.Key{old, other, rsaKey}, modsig.ErrExpired}, {[]*signtest.Key{other, old, rsaKey},
			modsig.ErrBadSignature},
		{[]*signtest.Key{rsaKey, other, old}, modsig.ErrUnsupported}, {[]*signtest.Key{other}, modsig.ErrBadSignature},
		{nil, modsig.ErrUnknownKey},
	} {
		if v, err := keyring(t, test.keys...).Verify(signed, nil); v != nil || !errors.Is(err, test.want) {
			t.Errorf("%d certificates: %+v, %v, want %v", len(test.keys), v, err, test.want)
		}
		v, err := keyring(t, test.keys...).Verify(signed, &modsig.Options{IgnoreValidity: true})
		if fits := slices.Contains(test.keys, old); fits != (err == nil) || fits && !bytes.Equal(v.Certificate.Raw,
			old.Cert.Raw) {
			t.Errorf("%d certificates, whatever their time: %+v, %v", len(test.keys), v, err)
		}
	}
	// Of two good signers the first counts.
	a, b := signtest.NewKey(t, signtest.P256, "a", nil), signtest.NewKey(t, signtest.P256, "b", nil)
	for _, order := range [][]*signtest.Key{{a, b}, {b, a}} {
		image := order[0].Sign(t, module(), &signtest.Options{Others: order[1:]})
		if v, err := keyring(t, b, a).Verify(image, nil); err != nil || !bytes.Equal(v.Certificate.Raw, order[0].Cert.Raw) {
			t.Errorf("%+v, %v", v, err)
		}
	}
}
