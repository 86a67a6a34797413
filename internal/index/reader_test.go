package index

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestNewRefuses(t *testing.T) {
	good := header(headerSize)
	for _, tt := range []struct {
		name string
		data []byte
		want error
		text string
	}{
		{"nothing", nil, ErrCorrupt, "x.bin is a corrupt index: the file is empty at offset 0"},
		{"half a header", good[:11], ErrCorrupt, "x.bin is a corrupt index: the header is cut off at offset 11"},
		{"no magic", append([]byte{0}, good[1:]...), ErrCorrupt,
			"x.bin is a corrupt index: the magic number is missing at offset 0"},
		{"version 3", append([]byte{0xB0, 0x07, 0xF4, 0x57, 0, 3, 0, 1}, good[8:]...), errors.ErrUnsupported,
			"x.bin is an index of version 3.1, and only version 2 is known"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := New("x.bin", tt.data)
			if r != nil || !errors.Is(err, tt.want) || err.Error() != tt.text {
				t.Errorf("got %v, %v", r, err)
			}
		})
	}
}

func TestAnyMinorVersion(t *testing.T) {
	data := build([]Entry{{Key: "a", Value: "b"}}, nil)
	data[7] = 9
	r, err := New("x", data)
	if err != nil {
		t.Fatal(err)
	}
	if v, _, ok, err := r.Get("a"); v != "b" || !ok || err != nil {
		t.Errorf("got %q, %v, %v", v, ok, err)
	}
}

func TestEmptyIndex(t *testing.T) {
	r, err := New("x", build(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if all := collect(t, r); all != nil {
		t.Errorf("All: %v", all)
	}
	if found, err := r.Match(nil, "a"); found != nil || err != nil {
		t.Errorf("Match: %v, %v", found, err)
	}
	if _, _, ok, err := r.Get(""); ok || err != nil {
		t.Errorf("Get: %v, %v", ok, err)
	}
}

// TestGolden reads what the reference tool wrote, and compares it with the text
// files that it wrote along with it.
func TestGolden(t *testing.T) {
	compareTexts(t, "testdata")
	for file, want := range map[string][]Entry{
		"modules.builtin.bin": {{Key: "ext_golden"}, {Key: "gm_built_in"}},
		"modules.builtin.alias.bin": {
			{Key: "fs_extgolden", Value: "ext_golden"},
			{Key: "pci:v00001AF4d00001100sv*sd*bc*sc*i*", Value: "gm_built_in"},
		},
	} {
		if got := collect(t, open(t, filepath.Join("testdata", file))); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", file, got, want)
		}
	}
}

// TestStringsAreCopies overwrites the data after reading it.
func TestStringsAreCopies(t *testing.T) {
	entries := []Entry{{Key: "usb*", Value: "core", Priority: 3}}
	data := build(entries, nil)
	r, err := New("x", data)
	if err != nil {
		t.Fatal(err)
	}
	value, _, _, _ := r.Get("usb*")
	values, _ := r.Values(nil, "usb*")
	found, _ := r.Match(nil, "usb1")
	all := collect(t, r)
	clear(data)
	if value != "core" {
		t.Errorf("Get: %q", value)
	}
	for _, got := range [][]Entry{values, found, all} {
		if !reflect.DeepEqual(got, entries) {
			t.Errorf("got %v", got)
		}
	}
}

// TestModel compares random indexes, in random layouts, with what plain loops
// over the entries say.
func TestModel(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	for range rounds {
		entries := randomEntries(rnd)
		r, err := New("x", build(entries, rnd))
		if err != nil {
			t.Fatal(err)
		}
		entries = sorted(entries)
		if got := collect(t, r); !reflect.DeepEqual(got, entries) {
			t.Fatalf("All: got %v, want %v", got, entries)
		}
		for range 10 {
			query := randomText(rnd, 6)
			if rnd.IntN(3) == 0 {
				query = entries[rnd.IntN(len(entries))].Key
			}
			checkExact(t, r, entries, query)
			checkMatch(t, r, entries, query)
		}
	}
}

func randomEntries(rnd *rand.Rand) []Entry {
	entries := make([]Entry, 1+rnd.IntN(20))
	for i := range entries {
		entries[i] = Entry{
			Key:      randomText(rnd, 7),
			Value:    strings.Repeat("v", rnd.IntN(3)) + string(rune('A'+i)),
			Priority: uint32(rnd.IntN(8)),
		}
	}
	return entries
}

func randomText(rnd *rand.Rand, longest int) string {
	const bytes = "aaaabbbbcc**?[]!-\\\x7f"
	b := make([]byte, rnd.IntN(longest+1))
	for i := range b {
		b[i] = bytes[rnd.IntN(len(bytes))]
	}
	return string(b)
}

func TestReaderIsSafeForConcurrentUse(t *testing.T) {
	r := open(t, "testdata/modules.alias.bin")
	for range 8 {
		t.Run("reader", func(t *testing.T) {
			t.Parallel()
			for range 100 {
				found, err := r.Match(nil, "net_pf_44")
				if err != nil || len(found) != 1 || found[0].Value != "gm_dev" {
					t.Errorf("got %v, %v", found, err)
				}
			}
		})
	}
}
