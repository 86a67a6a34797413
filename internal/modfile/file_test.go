package modfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// content is larger than any reader's buffer; packed is the same as an xz file.
var (
	content = bytes.Repeat([]byte("some module "), 30_000)
	packed  = modtest.StoredXZ(content)
)

// oneFile is a file system of one file, with random access if at is set.
type oneFile struct {
	fs.FileInfo
	io.Reader
	closed int
}

func (f *oneFile) Open(string) (fs.File, error) { return f, nil }
func (f *oneFile) Stat() (fs.FileInfo, error)   { return f.FileInfo, nil }
func (f *oneFile) Close() error                 { f.closed++; return nil }
func (f *oneFile) OpensNonblocking()            {}

// oneFileAt is a file with random access.
type oneFileAt struct {
	oneFile
	io.ReaderAt
}

func (f *oneFileAt) Open(string) (fs.File, error) { return f, nil }

// infoOf is a file system's information about a regular file of that size.
func infoOf(t *testing.T, size int) fs.FileInfo {
	t.Helper()
	info, err := fs.Stat(fstest.MapFS{"a": {Data: make([]byte, size)}}, "a")
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// files are all kinds of files with the given data.
func files(t *testing.T, data []byte, limit int64) map[string]*File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.ko")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	opened := map[string]*File{
		"a reader":  New(bytes.NewReader(data), int64(len(data)), limit),
		"in memory": NewBytes(data, limit),
	}
	add := func(kind string, f *File, err error) {
		if err != nil {
			t.Fatal(err)
		}
		opened[kind] = f
		t.Cleanup(func() { f.Close() })
	}
	f, err := Open(path, limit)
	add("of the machine", f, err)
	f, err = OpenFS(os.DirFS(filepath.Dir(path)), "a.ko", limit)
	add("below a directory", f, err)
	f, err = OpenFS(&oneFile{FileInfo: infoOf(t, len(data)), Reader: bytes.NewReader(data)}, "a.ko", limit)
	add("from its start", f, err)
	r := bytes.NewReader(data)
	f, err = OpenFS(&oneFileAt{oneFile{FileInfo: infoOf(t, 0), Reader: bytes.NewReader(data)}, r}, "a.ko", limit)
	add("of no size", f, err)
	return opened
}

// TestKinds: every kind of file has the same content and image, in whatever order they
// are asked for, and the kernel gets a descriptor of the machine's files.
func TestKinds(t *testing.T) {
	for name, data := range map[string][]byte{"plain": content, "packed": packed, "empty": {}} {
		want := data
		if name == "packed" {
			want = content
		}
		for kind, f := range files(t, data, 0) {
			form, err := f.Form()
			if err != nil || form.Packed() != (name == "packed") {
				t.Errorf("%s, %s: form %+v, %v", name, kind, form, err)
			}
			if got := f.Descriptor() != nil; got != (kind == "of the machine" || kind == "below a directory") {
				t.Errorf("%s, %s: has a descriptor: %t", name, kind, got)
			}
			for range 2 {
				checkContent(t, name+", "+kind, f, want)
			}
			if err := errors.Join(f.Close(), f.Close()); err != nil {
				t.Errorf("%s, %s: close: %v", name, kind, err)
			}
		}
	}
}

func checkContent(t *testing.T, name string, f *File, want []byte) {
	t.Helper()
	image, err := f.Image()
	if err != nil || !bytes.Equal(image.Bytes, want) {
		t.Errorf("%s: an image of %d bytes, %v", name, len(image.Bytes), err)
	}
	clear(image.Bytes) // it is the caller's
	image.Release()
	room := make([]byte, 3, len(want)+3)
	own, err := f.Unpack(room)
	if err != nil || !bytes.Equal(own, want) || len(own) > 0 && &own[0] != &room[0] {
		t.Errorf("%s: %d bytes are unpacked, %v", name, len(own), err)
	}
	content, err := f.Content()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer content.Release()
	got, err := io.ReadAll(io.NewSectionReader(content, 0, content.Size))
	if err != nil || !bytes.Equal(got, want) || content.Bytes != nil && !bytes.Equal(content.Bytes, want) {
		t.Errorf("%s: content of %d bytes, %v", name, len(got), err)
	}
}

// TestPlainContent: a plain file with random access is not read into memory, however
// large it is.
func TestPlainContent(t *testing.T) {
	for kind, f := range files(t, content, 0) {
		content, err := f.Content()
		inFile := kind != "in memory" && kind != "from its start" && kind != "of no size"
		if err != nil || (content.Bytes == nil) != inFile {
			t.Errorf("%s: %d bytes in memory, %v", kind, len(content.Bytes), err)
		}
	}
	f := New(bytes.NewReader(content), int64(len(content)), 1)
	if c, err := f.Content(); err != nil || c.Size != int64(len(content)) {
		t.Errorf("beyond the limit: %v", err)
	}
}

// TestReplace: afterwards, the file may be anything.
func TestReplace(t *testing.T) {
	for kind, f := range files(t, packed, 0) {
		image := bytes.Clone(packed) // which is not unpacked again
		before := f.Descriptor()
		f.Replace(image)
		checkContent(t, kind, f, packed)
		if !bytes.Equal(image, packed) || f.Descriptor() != before {
			t.Errorf("%s: the image was changed, or the descriptor", kind)
		}
	}
}

// TestLimit: the module, and the part of the file that must be in memory, have at most
// as many bytes as the limit.
func TestLimit(t *testing.T) {
	if Limit(0) != decompress.DefaultLimit || Limit(7) != 7 || Limit(-1) != -1 {
		t.Errorf("limits %d, %d, %d", Limit(0), Limit(7), Limit(-1))
	}
	enough, most := int64(len(packed)), int64(len(content))
	for limit, ok := range map[int64]bool{enough: true, most - 1: false, 100: false, -1: false} {
		for kind, f := range files(t, packed, limit) {
			_, err := f.Image()
			tooLarge := errors.Is(err, decompress.ErrTooLarge) && !errors.Is(err, elfmod.ErrFormat)
			if (err == nil) != ok || tooLarge == ok {
				t.Errorf("limit %d, %s: %v", limit, kind, err)
			}
		}
	}
	slow := &oneFile{FileInfo: infoOf(t, 8), Reader: strings.NewReader("12345678")}
	f, err := OpenFS(slow, "a.ko", 7)
	if err == nil {
		_, err = f.Content()
	}
	if err == nil || err.Error() != "the file alone has more than the limit of 7 bytes" {
		t.Errorf("read from its start: %v", err)
	}
}

// TestOpenErrors: they do not name the file.
func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(filepath.Join(dir, "none"), 0)
	_, errFS := OpenFS(os.DirFS(dir), "none", 0)
	if err != syscall.ENOENT || errFS != syscall.ENOENT {
		t.Errorf("no file: %v, %v", err, errFS)
	}
	_, err = Open(dir, 0)
	_, errFS = OpenFS(os.DirFS(dir), ".", 0)
	if err != openfile.ErrNotRegular || errFS != openfile.ErrNotRegular {
		t.Errorf("a directory: %v, %v", err, errFS)
	}
}

// TestReadErrors: the error is the cause alone, and data read before it does not count.
func TestReadErrors(t *testing.T) {
	failed := &fs.PathError{Op: "read", Path: "a.ko", Err: syscall.EIO}
	info := infoOf(t, len(packed))
	for kind, fsys := range map[string]fs.FS{
		"from its start": &oneFile{FileInfo: info, Reader: iotest.ErrReader(failed)},
		"at its start":   &oneFileAt{oneFile{FileInfo: info}, failingAt{failed, 0}},
		"in its headers": &oneFileAt{oneFile{FileInfo: info}, failingAt{failed, 100}},
		"later":          &oneFileAt{oneFile{FileInfo: info}, failingAt{failed, 2000}},
	} {
		f, err := OpenFS(fsys, "a.ko", 0)
		if err != nil {
			t.Fatal(err)
		}
		_, errForm := f.Form()
		_, errContent := f.Content()
		_, errImage := f.Image()
		if kind != "later" && errForm != syscall.EIO || errContent != syscall.EIO || errImage != syscall.EIO {
			t.Errorf("%s: %v, %v, %v", kind, errForm, errContent, errImage)
		}
	}
}

// TestCutOff: a file that became shorter than it said is one that ends there.
func TestCutOff(t *testing.T) {
	f := New(strings.NewReader("\x1f\x8b"), 100, 0)
	if form, err := f.Form(); form.Codec != decompress.Gzip || err != nil {
		t.Errorf("%v, %v", form.Codec, err)
	}
	if _, err := f.Image(); !errors.Is(err, elfmod.ErrFormat) {
		t.Errorf("error is %v", err)
	}
}

// failingAt is packed, and fails from an offset on.
type failingAt struct {
	err  error
	from int64
}

func (f failingAt) ReadAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) > f.from {
		return 0, f.err
	}
	return copy(b, packed[off:]), nil
}

// TestDamaged: damaged data is not a module, whoever reads it.
func TestDamaged(t *testing.T) {
	cut := packed[:len(packed)-20]
	for kind, f := range files(t, cut, 0) {
		_, err := f.Content()
		if unpack := (*decompress.Error)(nil); !errors.Is(err, elfmod.ErrFormat) || !errors.As(err, &unpack) ||
			err.Error() != unpack.Error() {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := Unpack(nil, cut, Limit(0)); !errors.Is(err, elfmod.ErrFormat) {
		t.Error(err)
	}
}
