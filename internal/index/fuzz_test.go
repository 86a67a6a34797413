package index

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/glob"
)

// FuzzReader gives changed files to the reader. If a file can be read as a
// whole, then every key is found, and Match agrees with a loop over the keys.
func FuzzReader(f *testing.F) {
	files, err := filepath.Glob("testdata/*.bin")
	if err != nil || len(files) == 0 {
		f.Fatal("no files in testdata")
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "pci:v00001AF4d000010FFsv00001AF4sd00001100bc02sc00i00")
	}
	f.Add([]byte(bomb('*', 8)), "aaaa")
	f.Add(build([]Entry{{`a*[b-c]\?`, "v", 1}, {"?x", "w", 0}, {"ax", "z", 2}}, nil), "ax")
	f.Fuzz(func(t *testing.T, data []byte, query string) {
		r, err := New("x", data)
		if err != nil {
			return
		}
		checkWork(t, r, query)
		if _, err := r.Values(nil, query); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Errorf("Values: %v", err)
		}
		var all []Entry
		keys := 0
		for e, err := range r.All() {
			if err != nil {
				if !errors.Is(err, ErrCorrupt) && !errors.Is(err, glob.ErrBudget) {
					t.Errorf("All: %v", err)
				}
				return
			}
			if keys += len(e.Key); keys > (StepsPerByte+1)*len(data)+MaxKey {
				t.Fatalf("%d bytes of keys", keys)
			}
			if all = append(all, e); len(all) > len(data) {
				t.Fatal("more values than bytes")
			}
		}
		checkReadable(t, r, all, query)
		checkRewritable(t, all)
	})
}

// checkWork checks that a query takes no more steps than documented, apart from
// those of the operation during which they run out.
func checkWork(t *testing.T, r *Reader, query string) {
	budget := glob.Steps(1 << 30)
	got, err := r.MatchWithin(&budget, nil, query)
	if most := StepsPerByte*(len(r.data)+len(query)) + 2*len(query) + 2*MaxKey; budget.Used() > most {
		t.Errorf("%d steps, and at most %d are allowed", budget.Used(), most)
	}
	if err != nil && (got != nil || !errors.Is(err, ErrCorrupt) && !errors.Is(err, glob.ErrBudget)) {
		t.Errorf("Match: %v, %v", got, err)
	}
}

// checkRewritable writes what was read and reads it again.
func checkRewritable(t *testing.T, all []Entry) {
	file, err := Encode(all)
	if err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	again := collect(t, newReader(t, file))
	if !slices.Equal(again, all) {
		t.Fatalf("read %v, after writing it %v", all, again)
	}
}

// checkReadable checks the lookups in a file that can be read as a whole.
func checkReadable(t *testing.T, r *Reader, all []Entry, query string) {
	for i, e := range all {
		if i > 0 && all[i-1].Key > e.Key {
			t.Fatalf("%q comes after %q", e.Key, all[i-1].Key)
		}
		if i < 100 {
			found, err := r.Values(nil, e.Key)
			if err != nil || !slices.Contains(found, e) {
				t.Fatalf("Values(%q) = %v, %v", e.Key, found, err)
			}
		}
	}
	want := 0
	for _, e := range all {
		if covers(e.Key, query) {
			want++
		}
	}
	found, err := r.Match(nil, query)
	if errors.Is(err, glob.ErrBudget) {
		return
	}
	if err != nil || len(found) != want {
		t.Fatalf("Match(%q) = %v, %v, want %d of %v", query, found, err, want, all)
	}
	for i, e := range found {
		if !covers(e.Key, query) || i > 0 && found[i-1].Priority > e.Priority {
			t.Fatalf("Match(%q) = %v", query, found)
		}
	}
}
