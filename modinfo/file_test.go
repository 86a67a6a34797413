package modinfo_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// fullModule has something for every question that a File answers.
func fullModule() modtest.Module {
	m := *modtest.Named("full", []string{"one", "two"}, []string{"printk", "kfree"})
	m.Exports[1].GPL, m.Exports[1].Namespace = true, "NS"
	m.BuildID = []byte("0123456789abcdefghij")
	m.Sections = []modtest.Section{{Name: ".gnu.linkonce.this_module", Data: []byte("\x00\x00full\x00\x00")}}
	m.Signature = block("signer", "key", "signature", 4, 1)
	return m
}

// question is a question that a File answers.
type question struct {
	op  string // as errors have it
	ask func(f *modinfo.File) (any, error)
}

var questions = []question{
	{"read fields of", func(f *modinfo.File) (any, error) { return f.Info() }},
	{"read exports of", func(f *modinfo.File) (any, error) { return f.Exports() }},
	{"read needed symbols of", func(f *modinfo.File) (any, error) { return f.Needed() }},
	{"read symbol versions of", func(f *modinfo.File) (any, error) { return f.Versions() }},
	{"read name of", func(f *modinfo.File) (any, error) { return f.ModuleName() }},
}

// isZero reports whether an answer is empty.
func isZero(answer any) bool { return reflect.ValueOf(answer).IsZero() }

var errBroken = errors.New("the disk is broken")

// brokenAt fails to read the byte at an offset.
type brokenAt struct {
	io.ReaderAt
	bad int64
}

func (b *brokenAt) ReadAt(p []byte, off int64) (int, error) {
	if off <= b.bad && b.bad < off+int64(len(p)) {
		return 0, errBroken
	}
	return b.ReaderAt.ReadAt(p, off)
}

// TestReadErrors: wherever a file cannot be read, each answer is right, or is the
// read error, which is not one about the contents.
func TestReadErrors(t *testing.T) {
	full, stripped := fullModule(), fullModule()
	stripped.Stripped = true
	marks := modtest.ExportMarks(map[string][2]string{"marked": {"GPL", "NS"}})
	for name, image := range map[string][]byte{"full": full.Build(), "stripped": stripped.Build(), "marks": marks} {
		var want []any
		for _, q := range questions {
			answer, err := q.ask(open(t, image))
			if err != nil && name != "marks" {
				t.Fatal(err)
			}
			want = append(want, answer)
		}
		failed := map[string]int{}
		for bad := range int64(len(image)) {
			r := &brokenAt{bytes.NewReader(image), bad}
			f, err := modinfo.NewFile(r, int64(len(image)), nil)
			if err != nil {
				checkBroken(t, fmt.Sprintf("%s, byte %d", name, bad), f, err, "open module: ")
				failed["open"]++
				continue
			}
			for i, q := range questions {
				answer, err := q.ask(f)
				if errors.Is(err, errBroken) {
					checkBroken(t, fmt.Sprintf("%s, byte %d", name, bad), answer, err, q.op+" module: ")
					failed[q.op]++
				} else if !reflect.DeepEqual(answer, want[i]) || name != "marks" && err != nil {
					t.Fatalf("%s, byte %d: %s it gives %v, %v, want %v", name, bad, q.op, answer, err, want[i])
				}
			}
		}
		for _, q := range questions {
			// Objects with marks have neither fields nor versions.
			if failed[q.op] == 0 && (name != "marks" || strings.Contains(q.op, "exports")) || failed["open"] == 0 {
				t.Errorf("%s: nothing makes it fail to %s it, or to open it", name, q.op)
			}
		}
	}
}

func checkBroken(t *testing.T, where string, answer any, err error, prefix string) {
	t.Helper()
	var typed *modinfo.Error
	if !isZero(answer) || !errors.Is(err, errBroken) || errors.Is(err, modinfo.ErrFormat) || !errors.As(err, &typed) ||
		err.Error() != prefix+errBroken.Error() {
		t.Fatalf("%s: %v, %v, want %s%v", where, answer, err, prefix, errBroken)
	}
}

// TestSignatureReadError: every part of the signature must be readable.
func TestSignatureReadError(t *testing.T) {
	m := fullModule()
	image := m.Build()
	body := int64(len(image) - len(m.Signature))
	for _, bad := range []int64{body, body + 6 + 3, int64(len(image)) - 40, int64(len(image)) - 1} {
		info, err := modinfo.Read(&brokenAt{bytes.NewReader(image), bad}, int64(len(image)))
		if !errors.Is(err, errBroken) || info != nil {
			t.Errorf("byte %d of %d: %v, %v", bad, len(image), info, err)
		}
	}
}

// TestShortFiles: a file of a few bytes is not a module, whatever they are, and neither
// is one of a negative size.
func TestShortFiles(t *testing.T) {
	image := modtest.Named("a", nil, nil).Build()
	for n := range 70 {
		f, err := modinfo.NewFile(bytes.NewReader(image[:n]), int64(n), nil)
		if f != nil || !errors.Is(err, modinfo.ErrFormat) || errors.Is(err, modinfo.ErrEmpty) != (n == 0) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for _, size := range []int64{-1, -1 << 63} {
		if _, err := modinfo.NewFile(bytes.NewReader(image), size, nil); !errors.Is(err, modinfo.ErrEmpty) {
			t.Errorf("of %d bytes: %v", size, err)
		}
	}
	if _, err := modinfo.NewFile(bytes.NewReader(image[:60]), int64(len(image)), nil); !errors.Is(err, modinfo.ErrFormat) {
		t.Errorf("a file that ends before its size: %v", err)
	}
	if _, err := modinfo.NewFile(bytes.NewReader(nil), 100, nil); !errors.Is(err, modinfo.ErrFormat) {
		t.Errorf("a file that has nothing of its size: %v", err)
	}
}

// watchedFS is a file system with one file, whose use is recorded.
type watchedFS struct {
	data   []byte
	size   int64 // what it says to have
	places bool  // it can be read at any place
	fail   error // of reading from the start
	closes int
	closed error // of closing
}

type watchedFile struct {
	*watchedFS
	*bytes.Reader // for Read alone
}

type watchedFileAt struct{ watchedFile }

func (w *watchedFS) Open(string) (fs.File, error) {
	f := watchedFile{w, bytes.NewReader(w.data)}
	if w.places {
		return watchedFileAt{f}, nil
	}
	return struct{ fs.File }{f}, nil
}

func (w *watchedFS) Stat(string) (fs.FileInfo, error) { return w.info() }

func (w *watchedFS) info() (fs.FileInfo, error) { return watchedInfo(w.size), nil }

func (f watchedFile) Stat() (fs.FileInfo, error) { return f.info() }
func (f watchedFile) Close() error               { f.closes++; return f.closed }
func (f watchedFile) Read(b []byte) (int, error) {
	if f.fail != nil {
		return 0, f.fail
	}
	return f.Reader.Read(b)
}

// ReadAt fails like Read, which must not be called if there is ReadAt.
func (f watchedFileAt) Read([]byte) (int, error) { return 0, errors.New("read from the start") }

type watchedInfo int64

func (watchedInfo) Name() string       { return "a.ko" }
func (i watchedInfo) Size() int64      { return int64(i) }
func (watchedInfo) Mode() fs.FileMode  { return 0o644 }
func (watchedInfo) ModTime() time.Time { return time.Time{} }
func (watchedInfo) IsDir() bool        { return false }
func (watchedInfo) Sys() any           { return nil }

func gzipped(t testing.TB, data []byte) []byte {
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

// TestOpenFS: a file is read with random access or from its start, and is closed when
// it is no longer needed: at once if all of it is in memory, and exactly once in any
// case.
func TestOpenFS(t *testing.T) {
	m := fullModule()
	image := m.Build()
	packed := gzipped(t, image)
	for _, test := range []struct {
		name   string
		data   []byte
		says   int // less or more than it has
		places bool
		open   bool // while the File is
	}{
		{"plain, at places", image, 0, true, true},
		{"plain, from its start", image, 0, false, false},
		{"packed, at places", packed, 0, true, false},
		{"packed, from its start", packed, 0, false, false},
		{"plain, has more than it says", image, -100, false, false},
		{"plain, has less than it says", image, 100, false, false},
		{"packed, has more than it says", packed, -10, false, false},
		{"plain, says nothing", image, -len(image), false, false},
	} {
		w := &watchedFS{data: test.data, size: int64(len(test.data) + test.says), places: test.places}
		f, err := modinfo.OpenFS(w, "dir/a.ko", nil)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if (w.closes == 0) != test.open {
			t.Errorf("%s: it is closed %d times while it is in use", test.name, w.closes)
		}
		info, err := f.Info()
		if err != nil || info.Name() != "full" || info.Path != "dir/a.ko" || f.Size() != int64(len(image)) {
			t.Errorf("%s: %+v, %v, %d bytes", test.name, info, err, f.Size())
		}
		for range 2 {
			if err := f.Close(); err != nil || w.closes != 1 {
				t.Errorf("%s: closed %d times, %v", test.name, w.closes, err)
			}
		}
	}
}

// TestOpenFSErrors: a file that is not returned is closed, and the error has its
// name.
func TestOpenFSErrors(t *testing.T) {
	m := fullModule()
	image := m.Build()
	size := int64(len(image))
	text := []byte(strings.Repeat("text ", 100))
	for _, test := range []struct {
		name  string
		fs    watchedFS
		limit int64
		want  error
		text  string
	}{
		{"not a module", watchedFS{data: text, size: 500, places: true}, 0, modinfo.ErrFormat, ""},
		{"not a module, from its start", watchedFS{data: text, size: 500}, 0, modinfo.ErrFormat, ""},
		{"packed", watchedFS{data: gzipped(t, text), size: 500, places: true}, 0, modinfo.ErrFormat, ""},
		{"empty", watchedFS{}, 0, modinfo.ErrEmpty, "the file is empty"},
		{"packed and empty", watchedFS{data: gzipped(t, nil), size: 23}, 0, modinfo.ErrEmpty, "the file is empty"},
		{"broken", watchedFS{data: image, size: size, fail: errBroken}, 0, errBroken, "open dir/a.ko: the disk is broken"},
		{"too large", watchedFS{data: image, size: size}, size - 1, modinfo.ErrTooLarge,
			fmt.Sprintf("open dir/a.ko: the file alone has more than the limit of %d bytes",
				size-1)},
		{"larger than it says", watchedFS{data: image, size: 10}, size - 1, modinfo.ErrTooLarge,
			fmt.Sprintf("more than the limit of %d bytes", size-1)},
		{"as large as may be", watchedFS{data: image, size: size}, size, nil, ""},
		{"at places", watchedFS{data: image, size: size, places: true}, 1, nil, ""}, // of which little is in memory
	} {
		f, err := modinfo.OpenFS(&test.fs, "dir/a.ko", &modinfo.Config{MaxSize: test.limit})
		if test.want == nil {
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		var typed *modinfo.Error
		if f != nil || !errors.Is(err, test.want) || !errors.As(err, &typed) || typed.Op != "open" ||
			typed.Path != "dir/a.ko" || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v, %v", test.name, f, err)
		}
		if test.fs.closes != 1 {
			t.Errorf("%s: closed %d times", test.name, test.fs.closes)
		}
	}
}

// TestCloseError: an error of closing is returned, with the name of the file.
func TestCloseError(t *testing.T) {
	image := modtest.Named("a", nil, nil).Build()
	w := &watchedFS{data: image, size: int64(len(image)), places: true, closed: errBroken}
	f, err := modinfo.OpenFS(w, "a.ko", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); !errors.Is(err, errBroken) || err.Error() != "close a.ko: the disk is broken" {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("again: %v", err)
	}
}

// TestOpen opens files of the machine; only regular ones are accepted.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.ko")
	if err := os.WriteFile(path, modtest.Named("a", nil, nil).Build(), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := modinfo.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if info, err := modinfo.ReadFile(path); err != nil || info.Path != path {
		t.Errorf("%+v, %v", info, err)
	}
	fsys := fstest.MapFS{"dir.ko/x": {}}
	_, errOS := modinfo.Open(dir, nil)
	_, errFS := modinfo.OpenFS(fsys, "dir.ko", nil)
	for _, err := range []error{errOS, errFS} {
		if !errors.Is(err, modinfo.ErrFormat) ||
			!strings.HasSuffix(err.Error(), ": not a valid kernel module: it is not a regular file") {
			t.Error(err)
		}
	}
}

// TestMaxSize: the limit of 0 is the default one of 512 MiB.
func TestMaxSize(t *testing.T) {
	if modinfo.DefaultMaxSize != 536_870_912 {
		t.Errorf("the default is %d", modinfo.DefaultMaxSize)
	}
	image := modtest.Named("a", nil, nil).Build()
	size := int64(len(image))
	packed := gzipped(t, image)
	for _, cfg := range []*modinfo.Config{nil, {}, {MaxSize: size}, {MaxSize: size - 1}, {MaxSize: -1}} {
		ok := cfg == nil || cfg.MaxSize == 0 || cfg.MaxSize == size
		opened, errOpen := modinfo.NewFile(bytes.NewReader(packed), int64(len(packed)), cfg)
		data, errData := modinfo.Decompress(packed, cfg)
		for _, err := range []error{errOpen, errData} {
			if ok != (err == nil) || !ok && (!errors.Is(err, modinfo.ErrTooLarge) || errors.Is(err, modinfo.ErrFormat)) {
				t.Errorf("%+v: %v", cfg, err)
			}
		}
		if ok && !bytes.Equal(data, image) || !ok && data != nil {
			t.Errorf("%+v: %d bytes", cfg, len(data))
		}
		if opened != nil {
			opened.Close()
		}
	}
}

// TestDecompressDamaged: an image that is not packed is returned unchanged, and damage is
// an ErrFormat.
func TestDecompressDamaged(t *testing.T) {
	image := modtest.Named("a", nil, nil).Build()
	got, err := modinfo.Decompress(image, nil)
	if err != nil || &got[0] != &image[0] || len(got) != len(image) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	packed := gzipped(t, image)
	if got, err := modinfo.Decompress(packed, nil); err != nil || !bytes.Equal(got, image) {
		t.Errorf("packed: %d bytes, %v", len(got), err)
	}
	cut := packed[:len(packed)-1]
	_, errData := modinfo.Decompress(cut, nil)
	_, errOpen := modinfo.NewFile(bytes.NewReader(cut), int64(len(cut)), nil)
	for _, err := range []error{errData, errOpen} {
		if !errors.Is(err, modinfo.ErrFormat) || !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err,
			modinfo.ErrTooLarge) ||
			!strings.HasSuffix(err.Error(), "gzip data is corrupt: it ends too early") {
			t.Errorf("cut off: %v", err)
		}
	}
}

// rleZstd is a zstd frame of zeros, in blocks of at most 128 KiB that repeat a byte.
// RFC 8878 describes the layout.
func rleZstd(size uint32) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("\x28\xb5\x2f\xfd\xa0"), size)
	for size > 0 {
		n := min(size, 128<<10)
		header := n<<3 | 1<<1
		if size -= n; size == 0 {
			header |= 1
		}
		b = append(b, byte(header), byte(header>>8), byte(header>>16), 0)
	}
	return b
}

// least returns how many bytes f allocates if its pools still have their buffers: a
// pool may have lost them to the garbage collector or to another processor, so it takes
// several rounds to see less than enough.
func least(enough uint64, f func()) uint64 {
	used := modtest.Allocated(f)
	for round := 0; round < 60 && used >= enough; round++ {
		used = min(used, modtest.Allocated(f))
	}
	return used
}

// TestBuffers: the memory of a packed module of up to 16 MiB is reused for the next
// one, even if it turned out not to be a module, and that of a larger one is not kept.
func TestBuffers(t *testing.T) {
	for size, kept := range map[uint32]bool{15 << 20: true, 33 << 19: false} {
		packed := rleZstd(size)
		enough := uint64(size)
		if !kept {
			enough = math.MaxUint64
		}
		used := least(enough, func() {
			_, err := modinfo.NewFile(bytes.NewReader(packed), int64(len(packed)), nil)
			if !errors.Is(err, modinfo.ErrFormat) {
				t.Fatal(err)
			}
		})
		if kept != (used < uint64(size)) {
			t.Errorf("%d bytes are unpacked again with %d of memory", size, used)
		}
	}
	image := fullModule()
	image.Sections = append(image.Sections, modtest.Section{Name: "ballast", Data: make([]byte, 4<<20)})
	packed := gzipped(t, image.Build())
	used := least(4<<20, func() {
		f, err := modinfo.NewFile(bytes.NewReader(packed), int64(len(packed)), nil)
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	if used > 4<<20 {
		t.Errorf("a module of 4 MiB is unpacked again with %d of memory", used)
	}
	for range 2 { // a buffer is given back once
		f, err := modinfo.NewFile(bytes.NewReader(packed), int64(len(packed)), nil)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		f.Close()
	}
	small, other := gzipped(t, modtest.Named("a", nil, nil).Build()), gzipped(t, modtest.Named("b", nil, nil).Build())
	a, errA := modinfo.NewFile(bytes.NewReader(small), int64(len(small)), nil)
	b, errB := modinfo.NewFile(bytes.NewReader(other), int64(len(other)), nil)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	for want, f := range map[string]*modinfo.File{"a": a, "b": b} {
		if name, err := f.ModuleName(); name != want || err != nil {
			t.Errorf("%s is %s, %v", want, name, err)
		}
		f.Close()
	}
}
