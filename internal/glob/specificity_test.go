package glob

import (
	"slices"
	"testing"
)

func TestSpecificityOf(t *testing.T) {
	for pattern, want := range map[string]Specificity{
		"":             {0, 0, 0},
		"abc":          {0, 0, 3},
		"a*b**":        {3, 0, 2},
		"?a?":          {0, 2, 1},
		"[a-z]x[!b]":   {0, 2, 1},
		"[]*?]x":       {0, 1, 1},
		"[[:alpha:]]*": {1, 1, 0},
		`\*a\[b]`:      {0, 0, 5},
		`a\`:           {0, 0, 2},
		"[a*":          {1, 0, 2},
		"[[[x?":        {0, 1, 4},
		"[[:alpha:]":   {0, 1, 1},
		"[[:alpha:]x]": {0, 1, 0},
		"[a[:xyz:]?":   {0, 2, 2},
	} {
		if got := SpecificityOf(pattern); got != want {
			t.Errorf("%q: %+v, want %+v", pattern, got, want)
		}
	}
}

func TestSpecificityOrder(t *testing.T) {
	want := []string{"abcd", "abc", "abcdef?", "a[bc]", "?[a]bcdef", "abc*", "a*", "a?*", "abcdefgh**"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int { return SpecificityOf(a).Compare(SpecificityOf(b)) })
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// FuzzSpecificity: the counts agree with what the pattern matches and do not exceed it.
func FuzzSpecificity(f *testing.F) {
	f.Add("a*[b-c]?")
	f.Add(`\[[!]]`)
	f.Add("*[[:alpha:]")
	f.Fuzz(func(t *testing.T, pattern string) {
		s := SpecificityOf(pattern)
		if s.stars < 0 || s.singles < 0 || s.literals < 0 || s.stars+s.singles+s.literals > len(pattern) {
			t.Errorf("%q: %+v", pattern, s)
		}
		if q := SpecificityOf(quote(pattern)); q != (Specificity{literals: len(pattern)}) {
			t.Errorf("%q is quoted as %+v", pattern, q)
		}
	})
}
