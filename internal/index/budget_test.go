package index

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/glob"
)

// sameBeginning makes an index of many patterns that begin alike, as depmod(8)
// does for a module with many aliases.
func sameBeginning(t *testing.T, beginning string, n int) []byte {
	entries := make([]Entry, n)
	for i := range entries {
		entries[i] = Entry{fmt.Sprintf("%s%04x", beginning, i), "m", 0}
	}
	data, err := Encode(entries)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestMatchWork lists queries that must be answered, with a bound on the work
// in steps for each byte of the file and the query.
func TestMatchWork(t *testing.T) {
	marks := strings.Repeat("?", 200)
	for _, tt := range []struct {
		name  string
		data  []byte
		query string
		found int
		most  float64
	}{
		{"run of marks", sameBeginning(t, "*"+marks+"Z", 20000), strings.Repeat("a", 788), 0, 0.01},
		{"run of marks, and what may follow it", sameBeginning(t, "*"+marks+"Z", 20000), strings.Repeat("Z", 4090), 0, 0.02},
		{"run of marks, and an end", sameBeginning(t, "*"+marks+"Z", 20000), strings.Repeat("Z", 784) + "00ff", 1, 0.01},
		{"marks and stars", sameBeginning(t, strings.Repeat("*?", 100)+"Z", 20000), strings.Repeat("Z0", 2000), 0, 0.02},
		{"stars", sameBeginning(t, strings.Repeat("*a", 100), 2000), strings.Repeat("a", 4090), 0, 0.25},
		{"places everywhere", sameBeginning(t, "*", 20000), strings.Repeat("0", 4092) + "00ff", 1, 0.02},
		{"sets", sameBeginning(t, strings.Repeat("*[ab]", 100), 2000), strings.Repeat("ab", 2045), 0, 8},
		{"every key is a pattern", chain('*', 200), strings.Repeat("a", MaxKey), 200, 6},
		{"open bracket", chain('[', 100), strings.Repeat("a", MaxKey), 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			budget := glob.Steps(1 << 30)
			found, err := newReader(t, tt.data).MatchWithin(&budget, nil, tt.query)
			steps := budget.Used()
			if most := int(tt.most * float64(len(tt.data)+len(tt.query))); err != nil || len(found) != tt.found || steps > most {
				t.Errorf("got %d entries, %v in %d steps, want %d in %d", len(found), err, steps, tt.found, most)
			}
		})
	}
}

// TestMatchBudget: an index that takes too much work is refused, and the error
// names the file.
func TestMatchBudget(t *testing.T) {
	kept := []Entry{{Key: "kept"}}
	data := chain('[', 1000)
	budget := glob.Steps(1 << 30)
	found, err := newReader(t, data).MatchWithin(&budget, kept, "[a")
	steps := budget.Used()
	var b *glob.BudgetError
	if !errors.As(err, &b) || !errors.Is(err, glob.ErrBudget) || b.File != "test" || len(found) != 1 {
		t.Fatalf("got %d entries, %v", len(found), err)
	}
	if limit := StepsPerByte * (len(data) + 2); b.Limit != limit || steps <= limit || steps > limit+2*MaxKey {
		t.Errorf("limit %d, %d steps, want %d", b.Limit, steps, limit)
	}
}

// TestMatchWithin: a budget shared by several queries runs out, and later
// queries that meet patterns get no answer.
func TestMatchWithin(t *testing.T) {
	r := newReader(t, build([]Entry{{"a*c", "m", 0}, {"plain", "m", 0}}, nil))
	budget := glob.Steps(20)
	for i := range 4 {
		found, err := r.MatchWithin(&budget, nil, "abbc")
		if want := i < 2; (err == nil && len(found) == 1) != want || errors.Is(err, glob.ErrBudget) == want {
			t.Errorf("query %d: %v, %v after %d steps", i, found, err, budget.Used())
		}
	}
	if found, err := r.MatchWithin(&budget, nil, "plain"); err != nil || len(found) != 1 {
		t.Errorf("a plain key: %v, %v", found, err)
	}
	if found, err := r.Match(nil, "abbc"); err != nil || len(found) != 1 {
		t.Errorf("no budget: %v, %v", found, err)
	}
}

// TestLongestKey: keys of MaxKey bytes are read, with a prefix or without, and
// longer ones are not.
func TestLongestKey(t *testing.T) {
	var numbers strings.Builder // a text without repetitions
	for i := range MaxKey {
		fmt.Fprintf(&numbers, "%04d", i)
	}
	for _, n := range []int{MaxKey, MaxKey + 1} {
		for _, start := range []string{"*", "a", "*x", "ax"} {
			key := start + numbers.String()[:n-len(start)]
			r := newReader(t, build([]Entry{{start + "z", "", 0}, {key, "v", 0}}, nil))
			query := strings.ReplaceAll(key, "*", "a")
			found, err := r.Match(nil, query)
			if want := n == MaxKey; want && (err != nil || len(found) != 1 || found[0].Key != key) {
				t.Errorf("%d bytes after %q: %d, %v", n, start, len(found), err)
			} else if !want && start[0] == '*' && !errors.Is(err, ErrCorrupt) {
				t.Errorf("%d bytes after %q: %d, %v", n, start, len(found), err)
			}
			keys := 0
			for e, err := range r.All() {
				if keys += len(e.Key); err != nil && (n == MaxKey || !errors.Is(err, ErrCorrupt)) {
					t.Error(err)
				}
			}
			if (keys == n+len(start)+1) != (n == MaxKey) {
				t.Errorf("%d bytes of keys after %q", keys, start)
			}
		}
	}
}

// TestAllBudget: nodes that share the beginnings of long keys have far more bytes
// of keys than the file has bytes.
func TestAllBudget(t *testing.T) {
	data := chain('a', MaxKey-1)
	bytes := 0
	var last error
	for e, err := range newReader(t, data).All() {
		bytes += len(e.Key)
		last = err
	}
	if most := StepsPerByte * len(data); !errors.Is(last, glob.ErrBudget) || bytes > most || bytes < most-MaxKey {
		t.Errorf("got %d bytes of %d, %v", bytes, most, last)
	}
}
