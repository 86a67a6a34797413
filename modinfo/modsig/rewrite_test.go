package modsig_test

import (
	"bytes"
	"crypto"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/modinfo"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// TestSignFile signs files of every format, twice, and strips them. The format stays, and
// so do permissions and links.
func TestSignFiles(t *testing.T) {
	key := signtest.NewKey(t, signtest.RSA, "signs", nil)
	s, keys := signer(t, key, nil), keyring(t, key)
	want, err := s.Sign(module())
	if err != nil {
		t.Fatal(err)
	}
	for _, ext := range []string{"", "gz", "xz", "zst", "lz4", "crc64.xz"} {
		data := module()
		if ext != "" {
			data = dbtest.Compress(t, ext, data)
		}
		dir := t.TempDir()
		path := write(t, dir, "a.ko."+ext, data)
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(dir, "link.ko")
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.SignFile(link); err != nil {
				t.Fatal(err)
			}
			got := unpacked(t, path)
			if !bytes.Equal(got, want) {
				t.Errorf("%q: another module than Sign makes", ext)
			}
			if _, err := keys.VerifyFile(path, nil); err != nil {
				t.Errorf("%q: %v", ext, err)
			}
		}
		checkForm(t, path, data)
		bare, err := s.SignatureFile(path)
		if err != nil || !bytes.Equal(signtest.Append(module(), bare), want) {
			t.Errorf("%q: another bare signature, %v", ext, err)
		}
		for range 2 {
			if err := modsig.StripFile(link, 0); err != nil || !bytes.Equal(unpacked(t, path), module()) {
				t.Errorf("%q: it is not as it was: %v", ext, err)
			}
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
			t.Errorf("%q: %v remain, %v", ext, entries, err)
		}
	}
}

// checkForm checks that a file has the format that it had, in a form for kernels, and the
// permissions.
func checkForm(t *testing.T, path string, before []byte) {
	t.Helper()
	f, err := modfile.Open(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	form, err := f.Form()
	codec := decompress.Detect(before)
	if err != nil || form.Codec != codec || codec != decompress.LZ4 && !form.KernelUnpacks(codec.String()) {
		t.Errorf("%s is of the form %+v, %v", path, form, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o640 {
		t.Errorf("%s: mode %v, %v", path, info.Mode(), err)
	}
	if link, err := os.Lstat(filepath.Join(filepath.Dir(path), "link.ko")); err != nil || link.Mode().IsRegular() {
		t.Errorf("%s: the link is gone, %v", path, err)
	}
}

// TestStripUnchanged: a file without a signature is not written at all.
func TestStripUnchanged(t *testing.T) {
	path := write(t, t.TempDir(), "a.ko", module())
	before, err := os.Stat(path)
	if err == nil {
		err = modsig.StripFile(path, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file is another one, %v", err)
	}
}

// failing is a key that fails.
type failing struct{ elsewhere }

func (failing) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errAway }

var errAway = errors.New("the token is away")

// TestSignFileFails: a file that cannot be signed stays as it is.
func TestSignFileFails(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "fails", nil)
	good := signer(t, key, nil)
	away, err := modsig.NewSigner(failing{elsewhere{key.Private}}, certificate(t, key), nil)
	if err != nil {
		t.Fatal(err)
	}
	small := signer(t, key, &modsig.SignOptions{MaxSize: int64(len(module())) - 1})
	damaged := append(module()[:100:100], signtest.Append(nil, nil)...)
	damaged[len(damaged)-29] = 200 // the length of its signature
	for name, test := range map[string]struct {
		s    *modsig.Signer
		data []byte
		want error
	}{
		"the key fails":         {away, module(), errAway},
		"the key fails, packed": {away, compress(t, module()), errAway},
		"text":                  {good, []byte("root:x:0:0"), modinfo.ErrNotELF},
		"packed text":           {good, compress(t, []byte("root:x:0:0")), modinfo.ErrNotELF},
		"empty":                 {good, nil, modinfo.ErrEmpty},
		"too large":             {small, module(), modinfo.ErrTooLarge},
		"too large when opened": {small, compress(t, module()), modinfo.ErrTooLarge},
		"damaged gzip":          {good, compress(t, module())[:100], modinfo.ErrFormat},
		"a longer signature":    {good, damaged, modsig.ErrDamaged},
	} {
		dir := t.TempDir()
		path := write(t, dir, "a.ko", test.data)
		err := test.s.SignFile(path)
		var e *modsig.Error
		if !errors.Is(err, test.want) || !errors.As(err, &e) || e.Path != path {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := test.s.SignatureFile(path); !errors.Is(err, test.want) {
			t.Errorf("%s: the bare signature: %v", name, err)
		}
		entries, err := os.ReadDir(dir)
		if got := read(t, path); !bytes.Equal(got, test.data) || err != nil || len(entries) != 1 {
			t.Errorf("%s: it has changed, or %v remain, %v", name, entries, err)
		}
	}
	gone := filepath.Join(t.TempDir(), "gone.ko")
	if err := good.SignFile(gone); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := modsig.StripFile(gone, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := good.SignFile(filepath.Dir(gone)); err == nil {
		t.Error("a directory is signed")
	}
}

// TestSignLargeFile: an uncompressed module takes the same memory whatever its size. One of
// a gigabyte is beyond the limit, unless the options say otherwise.
func TestSignLargeFile(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "large", nil)
	path := write(t, t.TempDir(), "a.ko", module())
	grow := func(size int64) {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
	}
	const gigabyte = 1 << 30
	grow(gigabyte) // without blocks on the disk
	if err := signer(t, key, nil).SignFile(path); !errors.Is(err, modinfo.ErrTooLarge) {
		t.Errorf("a gigabyte: %v", err)
	}
	s := signer(t, key, &modsig.SignOptions{MaxSize: gigabyte + 1<<20})
	size := int64(64 << 20) // enough to tell
	grow(size)
	var err error
	if took := modtest.Allocated(func() { err = errors.Join(err, s.SignFile(path)) }); took > 1<<20 || err != nil {
		t.Errorf("%d bytes of memory, %v", took, err)
	}
	verified, err := keyring(t, key).VerifyFile(path, &modsig.Options{MaxSize: 2 * gigabyte})
	if err != nil || verified.SignedSize != size {
		t.Errorf("got %+v, %v", verified, err)
	}
}
