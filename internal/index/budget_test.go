package index

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/glob"
)

// sameBeginning makes an index of many patterns that begin alike: as depmod(8)
// does of a module with as many aliases.
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

// TestMatchWork: what has to be answered, and how much work the answer takes at
// most, in steps for each byte of the file and of the query.
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
			found, steps, err := newReader(t, tt.data).MatchSteps(nil, tt.query)
			if most := int(tt.most * float64(len(tt.data)+len(tt.query))); err != nil || len(found) != tt.found || steps > most {
				t.Errorf("got %d entries, %v in %d steps, want %d in %d", len(found), err, steps, tt.found, most)
			}
		})
	}
}

// TestMatchBudget: an index that takes too much work is refused, by its name.
func TestMatchBudget(t *testing.T) {
	kept := []Entry{{Key: "kept"}}
	data := chain('[', 1000)
	found, steps, err := newReader(t, data).MatchSteps(kept, "[a")
	var b *glob.BudgetError
	if !errors.As(err, &b) || !errors.Is(err, glob.ErrBudget) || b.File != "test" || len(found) != 1 {
		t.Fatalf("got %d entries, %v", len(found), err)
	}
	if limit := StepsPerByte * (len(data) + 2); b.Limit != limit || steps <= limit || steps > limit+2*MaxKey {
		t.Errorf("limit %d, %d steps, want %d", b.Limit, steps, limit)
	}
}

// TestAllBudget: nodes that share the beginnings of long keys are many more bytes
// of keys than the file has.
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
