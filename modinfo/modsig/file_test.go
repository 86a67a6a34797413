package modsig_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/internal/trailer"
	"github.com/gokmod/gokmod/modinfo"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// oneFile is a file system that opens the same file under every name.
type oneFile struct {
	size  int64
	read  io.Reader
	at    io.ReaderAt // nil for a file that can only be read from its start
	asked int64       // bytes read with ReadAt
	most  int         // the most bytes of a single call
}

type openFile struct{ *oneFile }

type openFileAt struct{ openFile }

func (f *oneFile) Open(string) (fs.File, error) {
	if f.at == nil {
		return openFile{f}, nil
	}
	return openFileAt{openFile{f}}, nil
}

func (f openFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f openFile) Read(b []byte) (int, error) { return f.read.Read(b) }
func (f openFile) Close() error               { return nil }
func (f openFile) Name() string               { return "a.ko" }
func (f openFile) Size() int64                { return f.size }
func (f openFile) Mode() fs.FileMode          { return 0o644 }
func (f openFile) ModTime() time.Time         { return time.Time{} }
func (f openFile) IsDir() bool                { return false }
func (f openFile) Sys() any                   { return nil }

func (f openFileAt) ReadAt(b []byte, at int64) (int, error) {
	f.asked, f.most = f.asked+int64(len(b)), max(f.most, len(b))
	return f.oneFile.at.ReadAt(b, at)
}

// failingAt fails to read beyond an offset.
type failingAt struct {
	io.ReaderAt
	from int64
	err  error
}

func (f failingAt) ReadAt(b []byte, at int64) (int, error) {
	if at <= f.from && f.from < at+int64(len(b)) {
		return 0, f.err
	}
	return f.ReaderAt.ReadAt(b, at)
}

// sparse is a file of zeros except for its last bytes.
type sparse struct {
	size int64
	end  []byte
}

func (s sparse) ReadAt(b []byte, at int64) (int, error) {
	clear(b)
	for i := range b {
		if p := at + int64(i) - (s.size - int64(len(s.end))); p >= 0 {
			b[i] = s.end[p]
		}
	}
	return len(b), nil
}

// TestPieces: an uncompressed module is read in pieces, its end first, and each
// byte once for each digest.
func TestPieces(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	keys := keyring(t, key)
	for _, size := range []int{1, 100, 64<<10 - 1, 64 << 10, 64<<10 + 1, 200_000} {
		body := bytes.Repeat([]byte{7}, size)
		signed := key.Sign(t, body, nil)
		f := &oneFile{size: int64(len(signed)), at: bytes.NewReader(signed)}
		v, err := keys.VerifyFS(f, "a.ko", nil)
		if err != nil || v.SignedSize != int64(size) || v.HashAlgo != "sha256" {
			t.Errorf("%d bytes: %+v, %v", size, v, err)
		}
		if f.asked > int64(len(signed))+10 || f.most > 64<<10 {
			t.Errorf("%d bytes: %d are read, %d at once", size, f.asked, f.most)
		}
		signed[size-1]++
		if _, err := keys.VerifyFS(f, "a.ko", nil); !errors.Is(err, modsig.ErrBadSignature) {
			t.Errorf("%d bytes, the last one changed: %v", size, err)
		}
	}
}

// TestSparse: a file of 1 GiB costs nothing if there is no signature at its end, and
// little memory if there is one.
func TestSparse(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	keys := keyring(t, key)
	f := &oneFile{size: 1 << 29, at: sparse{1 << 29, make([]byte, 40)}}
	if _, err := keys.VerifyFS(f, "a.ko", &modsig.Options{MaxSize: 1 << 29}); !errors.Is(err, modsig.ErrUnsigned) ||
		f.asked > 100 {
		t.Errorf("%d bytes are read: %v", f.asked, err)
	}
	f.asked = 0
	_, err := keys.VerifyFS(f, "a.ko", &modsig.Options{MaxSize: 1<<29 - 1})
	if !errors.Is(err, modinfo.ErrTooLarge) || !strings.Contains(err.Error(), "more than 536870911 bytes") ||
		f.asked > 100 {
		t.Errorf("%d bytes are read: %v", f.asked, err)
	}
	end := signtest.Append(nil, key.SignedData(t, make([]byte, 16<<20), nil))
	f = &oneFile{size: 16<<20 + int64(len(end)), at: sparse{16<<20 + int64(len(end)), end}}
	n := modtest.Allocated(func() { _, err = keys.VerifyFS(f, "a.ko", nil) })
	if err != nil || n > 1<<20 {
		t.Errorf("%d bytes are allocated, %v", n, err)
	}
}

// TestReadErrors: an unreadable file is neither unsigned nor signed with another key.
func TestReadErrors(t *testing.T) {
	key, other := signtest.NewKey(t, signtest.P256, "known", nil), signtest.NewKey(t, signtest.RSA, "other", nil)
	signed := key.Sign(t, module(), &signtest.Options{Others: []*signtest.Key{other}})
	size := int64(len(signed))
	for name, at := range map[string]int64{"start": 0, "body": 100, "signature": size - 100, "trailer": size - 1} {
		for cause, want := range map[error]error{
			syscall.EIO: syscall.EIO, &fs.PathError{Op: "read", Path: "x", Err: syscall.EIO}: syscall.EIO,
			io.EOF: io.ErrUnexpectedEOF,
		} {
			f := &oneFile{size: size, at: failingAt{bytes.NewReader(signed), at, cause}}
			v, err := keyring(t, key, other).VerifyFS(f, "a.ko", nil)
			var failed *modsig.Error
			if v != nil || !errors.As(err, &failed) || failed.Err != want || failed.Path != "a.ko" {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
		}
	}
	f := &oneFile{size: size, read: iotest.ErrReader(syscall.EIO)}
	if v, err := keyring(t, key).VerifyFS(f, "a.ko", nil); v != nil || !errors.Is(err, syscall.EIO) {
		t.Errorf("read from its start: %+v, %v", v, err)
	}
}

// TestOtherFiles: files without random access, without a size, or with few bytes.
func TestOtherFiles(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	keys, signed := keyring(t, key), key.Sign(t, module(), nil)
	packed := compress(t, signed)
	for name, f := range map[string]*oneFile{
		"from its start":             {size: int64(len(signed)), read: bytes.NewReader(signed)},
		"from its start, compressed": {size: int64(len(packed)), read: bytes.NewReader(packed)},
		"of no size":                 {size: 0, read: bytes.NewReader(signed), at: bytes.NewReader(signed)},
		"at places, compressed":      {size: int64(len(packed)), read: bytes.NewReader(packed), at: bytes.NewReader(packed)},
	} {
		if v, err := keys.VerifyFS(f, "a.ko", nil); err != nil || v.SignedSize != int64(len(module())) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	for n := range 42 {
		fsys := fstest.MapFS{"a.ko": {Data: make([]byte, n)}}
		if _, err := keys.VerifyFS(fsys, "a.ko", nil); !errors.Is(err, modsig.ErrUnsigned) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	_, err := keys.VerifyFS(fstest.MapFS{}, "none.ko", nil)
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "none.ko: ") {
		t.Errorf("no file: %v", err)
	}
}

// TestLimits: MaxSize applies to the module, whatever the size of its file.
func TestLimits(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	keys := keyring(t, key)
	small, large := key.Sign(t, make([]byte, 100_000), nil), key.Sign(t, noise(100_000), nil)
	packed, stored := compress(t, small), compress(t, large)
	dir := t.TempDir()
	for _, test := range []struct {
		name  string
		data  []byte
		limit int
		ok    bool
	}{
		{"not compressed", small, len(small), true},
		{"not compressed, one more", small, len(small) - 1, false},
		{"compressed", packed, len(small), true},
		{"compressed, one more", packed, len(small) - 1, false},
		{"hardly compressed", stored, len(stored), true},
		{"hardly compressed, one more", stored, len(large) - 1, false},
		{"the default", stored, 0, true},
		{"one byte", stored, 1, false},
	} {
		opts := &modsig.Options{MaxSize: int64(test.limit)}
		path := write(t, dir, "a.ko", test.data)
		_, err := keys.VerifyFile(path, opts)
		if (err == nil) != test.ok || err != nil && !errors.Is(err, modinfo.ErrTooLarge) {
			t.Errorf("%s: %v", test.name, err)
		}
		if len(test.data) != len(small) { // compressed
			if _, failed := keys.VerifyData(test.data, opts); (failed == nil) != test.ok {
				t.Errorf("%s, in memory: %v", test.name, failed)
			}
		}
	}
}

// noise is data that does not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	for i, x := 0, uint32(1); i < n; i++ {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// TestSplit: the signature's length determines exactly where it begins.
func TestSplit(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	keys := keyring(t, key)
	end := func(n uint32) []byte { return trailer.Trailer{Kind: trailer.PKCS7, SignatureLen: n}.Append(nil) }
	for _, test := range []struct {
		name   string
		before int
		length uint32
		part   string
	}{
		{"as long as everything before", 100, 100, "longer than the module"},
		{"one byte less", 100, 99, "damaged DER"},
		{"one byte more", 100, 101, "longer than the module"},
		{"1 MiB", 1<<20 + 1, 1 << 20, "damaged DER"},
		{"1 MiB and one byte", 1<<20 + 2, 1<<20 + 1, "it is too long"},
		{"4 GiB", 100, 1<<32 - 1, "longer than the module"},
		{"nothing before", 0, 0, "longer than the module"},
		{"no signature", 1, 0, "damaged DER"},
	} {
		image := append(make([]byte, test.before), end(test.length)...)
		if _, err := keys.Verify(image, nil); !errors.Is(err, modsig.ErrDamaged) || !strings.Contains(err.Error(),
			test.part) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	for first, want := range map[byte]error{0x30: nil, 0x31: modsig.ErrDamaged, 0x32: nil} {
		if _, err := keys.Verify(key.Sign(t, []byte{first, 0}, nil), nil); !errors.Is(err, want) {
			t.Errorf("a body that begins with %#x: %v", first, err)
		}
	}
	if v, err := keys.Verify(key.Sign(t, []byte{1}, nil), nil); err != nil || v.SignedSize != 1 {
		t.Errorf("a body of one byte: %+v, %v", v, err)
	}
}

// TestReadKernelCertificates reads an image from a file.
func TestReadKernelCertificates(t *testing.T) {
	own := signtest.NewKey(t, signtest.P256, "own", nil).Cert.Raw
	image := certList{list: own, numbers: []int{len(own), len(own)}, bits: 64, order: le}.in(newKernel)
	dir := t.TempDir()
	certs, err := modsig.ReadKernelCertificates(write(t, dir, "vmlinuz", image))
	if err != nil || subjects(certs) != "CN=own" {
		t.Errorf("%s, %v", subjects(certs), err)
	}
	for path, want := range map[string]error{filepath.Join(dir, "none"): fs.ErrNotExist, write(t, dir, "text",
		nil): modsig.ErrKernelImage} {
		var failed *modsig.Error
		if _, err := modsig.ReadKernelCertificates(path); !errors.Is(err, want) || !errors.As(err, &failed) ||
			failed.Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	sized := strings.NewReader("text")
	if _, err := modsig.KernelCertificates(sized, 512<<20+1); !errors.Is(err, modinfo.ErrTooLarge) || sized.Len() != 4 {
		t.Errorf("too large: %v", err)
	}
	if _, err := modsig.KernelCertificates(failingAt{sized, 0, os.ErrClosed}, 4); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// TestAttributeReadErrors: what cannot be read is told where there are attributes, too.
func TestAttributeReadErrors(t *testing.T) {
	key := signtest.NewKey(t, signtest.P256, "known", nil)
	signed := key.Sign(t, module(), &signtest.Options{Attributes: true})
	f := &oneFile{size: int64(len(signed)), at: failingAt{bytes.NewReader(signed), 100, syscall.EIO}}
	v, err := keyring(t, key).VerifyFS(f, "a.ko", &modsig.Options{AllowAttributes: true})
	if v != nil || !errors.Is(err, syscall.EIO) {
		t.Errorf("%+v, %v", v, err)
	}
}

// least returns how many bytes f allocates where its pools have what they were given: a
// pool may have lost that to the garbage collector or to another processor, so that it
// takes several rounds to find less than enough.
func least(enough uint64, f func()) uint64 {
	used := modtest.Allocated(f)
	for round := 0; round < 60 && used >= enough; round++ {
		used = min(used, modtest.Allocated(f))
	}
	return used
}

// TestPackedMemory: the memory of a packed module of up to 16 MiB is used for the next
// one, also where that is damaged or not signed, and that of a larger one is not kept.
func TestPackedMemory(t *testing.T) {
	keys := keyring(t)
	for size, kept := range map[int]bool{4 << 20: true, 17 << 20: false} {
		packed := compress(t, make([]byte, size))
		for name, verify := range map[string]func() error{
			"in memory": func() error { _, err := keys.VerifyData(packed, nil); return err },
			"a file": func() error {
				_, err := keys.VerifyFS(&oneFile{size: int64(len(packed)), at: bytes.NewReader(packed)}, "a.ko.gz", nil)
				return err
			},
		} {
			enough := uint64(size)
			if !kept {
				if enough = math.MaxUint64; name == "a file" { // the same memory; once is enough
					continue
				}
			}
			used := least(enough, func() {
				if err := verify(); !errors.Is(err, modsig.ErrUnsigned) {
					t.Fatal(err)
				}
			})
			if kept != (used < uint64(size)) {
				t.Errorf("%s: %d bytes are unpacked again with %d of memory", name, size, used)
			}
		}
	}
}

// TestNegativeLimit: a limit below zero permits nothing, and an error has the path once.
func TestNegativeLimit(t *testing.T) {
	keys := keyring(t)
	dir := t.TempDir()
	for name, data := range map[string][]byte{"a.ko": module(), "a.ko.gz": compress(t, module())} {
		path := write(t, dir, name, data)
		_, err := keys.VerifyFile(path, &modsig.Options{MaxSize: -1})
		if !errors.Is(err, modinfo.ErrTooLarge) || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
