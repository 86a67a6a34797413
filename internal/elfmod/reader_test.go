package elfmod_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// counted counts what is read of a file.
type counted struct {
	*bytes.Reader
	calls, bytes int
	fail         error
}

func (c *counted) ReadAt(b []byte, off int64) (int, error) {
	c.calls++
	c.bytes += len(b)
	if c.fail != nil {
		return 0, c.fail
	}
	return c.Reader.ReadAt(b, off)
}

// module has parts far from each other, of which an index needs few.
func module(is32 bool) []byte { return spread(is32, 100_000) }

// spread is a module with four sections of the given size that nobody wants.
func spread(is32 bool, size int) []byte {
	m := modtest.Module{Is32: is32,
		Modinfo: []string{"alias=a"}, Exports: []modtest.Export{{Name: "out", CRC: 5}},
		Needed: []modtest.Needed{{Name: "in"}}, Versions: []modtest.Version{{Name: "in", CRC: 7}},
	}
	for i := range 4 {
		m.Sections = append(m.Sections, modtest.Section{Name: fmt.Sprintf(".text%d", i), Data: make([]byte, size)})
	}
	return m.Build()
}

func indexed(s *elfmod.Section) bool {
	return s.Name == ".modinfo" || s.Name == ".symtab" || s.Name == ".strtab" || s.Name == "__versions"
}

// contents are all sections of a file.
func contents(t *testing.T, f *elfmod.File) map[string]string {
	t.Helper()
	all := map[string]string{}
	for i := range f.Sections {
		data, err := f.Data(&f.Sections[i])
		if err != nil {
			t.Fatal(err)
		}
		all[f.Sections[i].Name] += string(data)
	}
	return all
}

// TestReader: of a large file only parts are read, of a small one all by one call, one
// after another into the same memory, and all sections are what they are in memory.
func TestReader(t *testing.T) {
	small := (&modtest.Module{Modinfo: []string{"alias=small"}}).Build()
	var r elfmod.Reader
	for range 2 {
		for i, image := range [][]byte{module(false), small, module(true)} {
			whole, err := elfmod.NewBytes(image)
			if err != nil {
				t.Fatal(err)
			}
			file := &counted{Reader: bytes.NewReader(image)}
			f, err := r.Open(file, int64(len(image)), indexed)
			if err != nil {
				t.Fatal(err)
			}
			calls, read := 4, 20_000
			if i == 1 {
				calls, read = 1, len(image)
			}
			if file.calls > calls || file.bytes > read {
				t.Errorf("%d: opening takes %d calls and %d bytes", i, file.calls, file.bytes)
			}
			opened := file.calls
			for _, name := range []string{".modinfo", ".symtab", ".strtab", "__versions"} {
				if _, err := f.NamedData(name); err != nil {
					t.Error(err)
				}
			}
			if file.calls != opened {
				t.Errorf("%d: what was wanted takes %d further calls", i, file.calls-opened)
			}
			if got, want := contents(t, f), contents(t, whole); !reflect.DeepEqual(got, want) {
				t.Errorf("%d: the sections differ", i)
			}
			contents(t, f)
			if file.bytes > 2*len(image)+read {
				t.Errorf("%d: %d bytes are read of %d", i, file.bytes, len(image))
			}
			inMemory, err := r.OpenBytes(image)
			if err != nil || !reflect.DeepEqual(contents(t, inMemory), contents(t, whole)) {
				t.Errorf("%d: in memory the sections differ, %v", i, err)
			}
		}
	}
	r.Shrink(0)
	if f, err := r.OpenBytes(small); err != nil || f.Section(".modinfo") == nil {
		t.Errorf("after it gave its memory back: %v", err)
	}
}

// TestReaderSettles: when the memory has been taken, files of that size take hardly any.
func TestReaderSettles(t *testing.T) {
	image := module(false)
	var r elfmod.Reader
	open := func() {
		if _, err := r.Open(bytes.NewReader(image), int64(len(image)), indexed); err != nil {
			t.Fatal(err)
		}
	}
	open()
	if n := testing.AllocsPerRun(100, open); n > 12 {
		t.Errorf("%v allocations for a file", n)
	}
}

// TestReaderFails: a file that is cut off gives the errors that it has in memory, and
// what the file answers is returned.
func TestReaderFails(t *testing.T) {
	image := module(false)
	var r elfmod.Reader
	for cut := 0; cut < len(image); cut += 1 + cut/7 {
		_, want := elfmod.NewBytes(image[:cut])
		_, got := r.Open(bytes.NewReader(image[:cut]), int64(cut), indexed)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d bytes: %v, want %v", cut, got, want)
		}
		if _, err := r.Open(bytes.NewReader(image[:cut]), int64(len(image)), indexed); !errors.Is(err, elfmod.ErrFormat) {
			t.Errorf("%d bytes, but more when opened: %v", cut, err)
		}
	}
	file := &counted{Reader: bytes.NewReader(image), fail: io.ErrNoProgress}
	if _, err := r.Open(file, int64(len(image)), indexed); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("the file fails: %v", err)
	}
	if _, err := r.Open(bytes.NewReader(nil), -1, indexed); !errors.Is(err, elfmod.ErrEmpty) {
		t.Errorf("a negative size: %v", err)
	}
}

// TestReaderDamaged: whatever a file says, the answers are those for its bytes in memory,
// and no more is read than twice the file.
func TestReaderDamaged(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var r elfmod.Reader
	damaged := 0
	for _, image := range [][]byte{spread(false, 8000), spread(true, 8000)} {
		whole, err := elfmod.NewBytes(image)
		if err != nil {
			t.Fatal(err)
		}
		table := len(image) - len(whole.Sections)*64 // nearly all that matters comes after it, or at the beginning
		for range 3000 {
			changed := slices.Clone(image)
			for range 1 + random.IntN(4) {
				at := random.IntN(64)
				if random.IntN(4) > 0 {
					at = table + random.IntN(len(image)-table)
				}
				changed[at] ^= byte(1 << random.IntN(8))
			}
			if !compareReader(t, &r, changed) {
				damaged++
			}
		}
	}
	if damaged < 500 {
		t.Errorf("only %d files were damaged", damaged)
	}
}

// compareReader compares what a reader and a file in memory say of an image, and reports
// whether there was no error.
func compareReader(t *testing.T, r *elfmod.Reader, image []byte) bool {
	t.Helper()
	whole, want := elfmod.NewBytes(image)
	file := &counted{Reader: bytes.NewReader(image)}
	f, got := r.Open(file, int64(len(image)), indexed)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	good := got == nil && want == nil
	for i := 0; good && i < len(whole.Sections); i++ {
		wantData, want := whole.Data(&whole.Sections[i])
		gotData, got := f.Data(&f.Sections[i])
		if !reflect.DeepEqual(f.Sections[i], whole.Sections[i]) || !bytes.Equal(gotData, wantData) ||
			fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("section %d differs: %v, want %v", i, got, want)
		}
		good = good && want == nil
	}
	if file.bytes > 2*len(image) {
		t.Errorf("%d bytes are read of %d", file.bytes, len(image))
	}
	return good
}
