package glob

import (
	"strings"
	"testing"
)

func FuzzMatch(f *testing.F) {
	f.Add("a*[b-c]?", "axxbz")
	f.Add(`\[[!]]`, "[a")
	f.Add("*[[:alpha:]", "[b")
	f.Add("*"+strings.Repeat("?", 200)+"Z", strings.Repeat("Z", 788))
	f.Fuzz(func(t *testing.T, pattern, s string) {
		got := Match(pattern, s)
		checkWork(t, pattern, s, got)
		if !strings.ContainsAny(pattern, `*?[\`) && got != (pattern == s) {
			t.Error("a plain pattern matches more or less than itself")
		}
		if !Match(quote(pattern), pattern) || (pattern != s && Match(quote(pattern), s)) {
			t.Error("a quoted string matches more or less than itself")
		}
		if got && !Match(pattern+"*", s+"tail") && closed(pattern) {
			t.Error("a star at the end does not take the rest")
		}
		if got && !Match("*"+pattern, "head"+s) {
			t.Error("a star at the beginning does not take the rest")
		}
	})
}

// checkWork checks that the work, alone and in a list, stays within the documented
// bounds, and that the answers are the same unless the budget ran out.
func checkWork(t *testing.T, pattern, s string, want bool) {
	t.Helper()
	// A byte of the pattern takes at most a step for each place, another for each
	// word, and another for each byte of a set that may end there.
	most := (len(pattern) + 1) * (len(s) + len(s)/64 + 2 + len(pattern))
	alone := Steps(unlimited)
	if got := MatchWithin(&alone, pattern, s); got != want || alone.Used() > most {
		t.Errorf("%v in %d steps, at most %d", got, alone.Used(), most)
	}
	l := NewList([]string{pattern, pattern + "x", pattern})
	budget := NewBudget(l.Size() + len(s))
	limit := budget.limit
	found, over := l.Match(s, &budget)
	if last := len(s) + len(pattern) + 64; budget.Used() > limit+last || budget.Over() != (over >= 0) {
		t.Errorf("%d steps of %d, over at %d", budget.Used(), limit, over)
	}
	if over < 0 && (len(found) >= 2) != want {
		t.Errorf("the list finds %v, want %v", found, want)
	}
}

// quote escapes every byte that has a special meaning.
func quote(s string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(s)
}

// closed reports whether appending to the pattern cannot change the meaning of
// what is there.
func closed(pattern string) bool { return !strings.ContainsAny(pattern, `[\`) }

func BenchmarkMatch(b *testing.B) {
	for b.Loop() {
		Match("pci:v00008086d*sv*sd*bc02sc00i*", "pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00")
	}
}
