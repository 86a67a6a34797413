package index

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestEncodeGolden: an index written by kmod stays the same when read and
// written again.
func TestEncodeGolden(t *testing.T) {
	for _, kind := range []string{"dep", "alias", "symbols", "builtin", "builtin.alias"} {
		path := filepath.Join("testdata", "modules."+kind+".bin")
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Encode(collect(t, open(t, path)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, file) {
			t.Errorf("modules.%s.bin is\n%x\nwant\n%x", kind, got, file)
		}
	}
}

func TestEncodeEmpty(t *testing.T) {
	got, err := Encode(nil)
	if want := header(headerSize); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %x, %v, want %x", got, err, want)
	}
}

// TestEncodeRandom: writing and reading returns the same entries, and the file
// is that of the trie in pre-order.
func TestEncodeRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 500 {
		entries := randomEntries(rnd)
		file, err := Encode(sorted(entries))
		if err != nil {
			t.Fatal(err)
		}
		if want := build(entries, nil); !bytes.Equal(file, want) {
			t.Fatalf("%v gives\n%x\nwant\n%x", entries, file, want)
		}
		if got := collect(t, newReader(t, file)); !slices.Equal(got, sorted(entries)) {
			t.Fatalf("wrote %v, read %v", sorted(entries), got)
		}
	}
}

func newReader(t *testing.T, file []byte) *Reader {
	t.Helper()
	r, err := New("test", file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSort: the better priority comes first; of equal ones, the last found.
func TestSort(t *testing.T) {
	entries := []Entry{{"b", "1", 5}, {"a", "2", 9}, {"b", "3", 5}, {"b", "4", 2}, {"b", "3", 5}, {"a", "5", 9}}
	Sort(entries)
	want := []Entry{{"a", "5", 9}, {"a", "2", 9}, {"b", "4", 2}, {"b", "3", 5}, {"b", "3", 5}, {"b", "1", 5}}
	if !slices.Equal(entries, want) {
		t.Errorf("got %v, want %v", entries, want)
	}
}

func TestEncodeRefuses(t *testing.T) {
	tests := map[string][]Entry{
		"a long key":       {{strings.Repeat("k", MaxKey+1), "x", 0}},
		"not ASCII":        {{"a\x80", "x", 0}},
		"UTF-8":            {{"é", "x", 0}},
		"NUL in the key":   {{"a\x00b", "x", 0}},
		"NUL in the value": {{"a", "x\x00y", 0}},
		"out of order":     {{"b", "x", 0}, {"a", "x", 0}},
	}
	for name, entries := range tests {
		file, err := Encode(entries)
		if refused := (*KeyError)(nil); file != nil || !errors.As(err, &refused) {
			t.Errorf("%s: %x, %v", name, file, err)
		}
	}
	if _, err := Encode([]Entry{{strings.Repeat("k", MaxKey), "", 1<<32 - 1}}); err != nil {
		t.Error(err)
	}
}

// TestEncodeTrees: the indexes of real kernels have the same entries after
// being read and written.
func TestEncodeTrees(t *testing.T) {
	for _, dir := range realDirs(t) {
		for _, kind := range []string{"dep", "alias", "symbols", "builtin", "builtin.alias"} {
			entries := collect(t, open(t, filepath.Join(dir, "modules."+kind+".bin")))
			file, err := Encode(entries)
			if err != nil {
				t.Fatal(err)
			}
			if got := collect(t, newReader(t, file)); !slices.Equal(got, entries) {
				t.Errorf("%s: modules.%s.bin changed", dir, kind)
			}
		}
	}
}

// TestEncodeTooLarge: keys that make nodes with many empty references take a
// hundred times their own size, which is detected before anything is written.
func TestEncodeTooLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("the file has 256 MiB")
	}
	const bits = 20
	entries := make([]Entry, 1<<bits)
	bytesOf := strings.NewReplacer("0", "\x01", "1", "\x7f")
	for i := range entries {
		entries[i].Key = bytesOf.Replace(fmt.Sprintf("%0*b", bits, i))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if file, err := Encode(entries); file != nil || err == nil || !strings.Contains(err.Error(), "has room for") {
		t.Errorf("%d bytes, %v", len(file), err)
	}
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<20 {
		t.Errorf("%d bytes were taken for a file that is too large", taken)
	}
}
