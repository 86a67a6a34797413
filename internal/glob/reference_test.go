package glob

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A reference matches in the plainest way: it tries everything that a star could
// stand for.
type reference struct {
	p, s string
	met  map[[2]int]bool
}

func referenceMatch(p, s string) bool {
	r := reference{p, s, map[[2]int]bool{}}
	return r.match(0, 0)
}

func (r *reference) match(i, j int) bool {
	at := [2]int{i, j}
	result, met := r.met[at]
	if !met {
		result = r.first(i, j)
		r.met[at] = result
	}
	return result
}

func (r *reference) first(i, j int) bool {
	switch {
	case i == len(r.p):
		return j == len(r.s)
	case r.p[i] == '*':
		return r.match(i+1, j) || j < len(r.s) && r.match(i, j+1)
	case j == len(r.s):
		return false
	case r.p[i] == '?':
		return r.match(i+1, j+1)
	case r.p[i] == '\\':
		return i+1 < len(r.p) && r.p[i+1] == r.s[j] && r.match(i+2, j+1)
	case r.p[i] == '[':
		next, ok := r.set(i, r.s[j])
		return ok && r.match(next, j+1)
	}
	return r.p[i] == r.s[j] && r.match(i+1, j+1)
}

// set reports whether the set at i has c, and where it ends.
func (r *reference) set(i int, c byte) (next int, ok bool) {
	rest := r.p[i+1:]
	negated := rest != "" && (rest[0] == '!' || rest[0] == '^')
	if negated {
		rest = rest[1:]
	}
	in := false
	for first := true; rest != ""; first = false {
		if rest[0] == ']' && !first {
			return len(r.p) - len(rest) + 1, in != negated
		}
		has, known, after, complete := referenceItem(rest, c)
		if !complete {
			break
		}
		if in = in || has; !in && !known {
			return 0, false
		}
		rest = after
	}
	return i + 1, c == '['
}

var referenceClasses = map[string]string{
	"alnum": "az AZ 09", "alpha": "az AZ", "blank": "\t\t \x20\x20", "cntrl": "\x00\x1f \x7f\x7f", "digit": "09",
	"graph": "\x21\x7e", "lower": "az", "print": "\x20\x7e", "punct": "\x21\x2f \x3a\x40 \x5b\x60 \x7b\x7e",
	"space": "\x09\x0d \x20\x20", "upper": "AZ", "xdigit": "09 af AF",
}

// referenceItem reports whether the first item of a set has c.
func referenceItem(p string, c byte) (has, known bool, rest string, complete bool) {
	if class, after, ok := referenceClass(p); ok {
		ranges, known := referenceClasses[class]
		for k := 0; k+1 < len(ranges); k += 3 {
			has = has || ranges[k] <= c && c <= ranges[k+1]
		}
		return has, known, after, true
	}
	low, p, ok := referenceByte(p)
	switch {
	case !ok:
		return false, true, "", false
	case !strings.HasPrefix(p, "-") || strings.HasPrefix(p, "-]"):
		return low == c, true, p, true
	case p == "-":
		return false, false, "", true
	}
	high, p, ok := referenceByte(p[1:])
	return low <= c && c <= high, true, p, ok
}

func referenceClass(p string) (class, rest string, ok bool) {
	if p, ok = strings.CutPrefix(p, "[:"); !ok {
		return "", "", false
	}
	name := strings.TrimLeft(p, "abcdefghijklmnopqrstuvwxyz")
	class = p[:len(p)-len(name)]
	rest, ok = strings.CutPrefix(name, ":]")
	return class, rest, ok && len(class) <= len("xdigit")
}

func referenceByte(p string) (c byte, rest string, ok bool) {
	if p[0] == '\\' {
		if len(p) == 1 {
			return 0, "", false
		}
		p = p[1:]
	}
	return p[0], p[1:], true
}

// oddParts are parts of patterns that are easy to get wrong.
var oddParts = []string{"a", "b", "c", "*", "*", "?", "[", "]", "[a-b]", "[!a]", "[^b]", `\`, "-", "[:", "[[:alpha:]]",
	"[[:no:]a]", "[a[:no:]]", ":]", "!", "[]a]", "alpha", "\x80", "[a-", "[\x01-\xff]", `[\]]`, "[[:digit:]", "[:upper:]"}

func oddPattern(rnd *rand.Rand, parts int) string {
	var p strings.Builder
	for range rnd.IntN(parts + 1) {
		p.WriteString(oddParts[rnd.IntN(len(oddParts))])
	}
	return p.String()
}

func oddText(rnd *rand.Rand, bytes string, most int) string {
	s := make([]byte, rnd.IntN(most+1))
	for i := range s {
		s[i] = bytes[rnd.IntN(len(bytes))]
	}
	return string(s)
}

// checkPattern compares all ways to match with the reference.
func checkPattern(t *testing.T, rnd *rand.Rand, pattern, s string) {
	t.Helper()
	want := referenceMatch(pattern, s)
	if got := Match(pattern, s); got != want {
		t.Fatalf("Match(%q, %q) = %v", pattern, s, got)
	}
	if got := fed(t, rnd, NewMatcher(s, Steps(unlimited)), []byte(pattern)); got != want {
		t.Fatalf("a matcher says %v of %q, %q", got, pattern, s)
	}
	untabled := NewMatcher(s, Steps(unlimited))
	untabled.tabled = false
	if got := fed(t, rnd, untabled, []byte(pattern)); got != want {
		t.Fatalf("a matcher without a table says %v of %q, %q", got, pattern, s)
	}
}

// fed feeds a matcher in pieces, asking before each byte what could follow.
func fed(t *testing.T, rnd *rand.Rand, m *Matcher, pattern []byte) bool {
	state, could := m.Start(0), true
	for at := 0; at < len(pattern); {
		if rnd.IntN(3) == 0 {
			other := append(slices.Clone(pattern[:at]), oddPattern(rnd, 4)...)
			if s, ok := Feed(m, state, other, at); ok {
				Matches(m, s, other)
			}
		}
		next := at + 1 + rnd.IntN(len(pattern)-at)
		could = could && m.CanFollow(state, pattern[at])
		s, ok := Feed(m, state, pattern[:next], at)
		if !ok {
			return false
		}
		state, at = s, next
	}
	result := Matches(m, state, pattern)
	if result && !could {
		t.Fatalf("%q matches, although its bytes could not follow each other", pattern)
	}
	return result
}

func TestReference(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 10000 {
		checkPattern(t, rnd, oddPattern(rnd, 8), oddText(rnd, "aabbc[]-\\:\x80lph", 8))
	}
}

// TestLongTexts covers several words of places, with every number of places in
// the last.
func TestLongTexts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	parts := []string{"a", "b", "ab", "ba", "*", "*", "?", "??", "[ab]", "[!b]", "c",
		strings.Repeat("?", 40), strings.Repeat("a", 9)}
	for n := range 1500 {
		var p strings.Builder
		for range rnd.IntN(9) {
			p.WriteString(parts[rnd.IntN(len(parts))])
		}
		text := []byte(strings.Repeat("a", n%200))
		for range rnd.IntN(6) {
			if len(text) > 0 {
				text[rnd.IntN(len(text))] = "bbc"[rnd.IntN(3)]
			}
		}
		checkPattern(t, rnd, p.String(), string(text))
	}
}

// TestListReference compares a list with matching each of its patterns.
func TestListReference(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 1500 {
		patterns := make([]string, rnd.IntN(20))
		size := 0
		for i := range patterns {
			if patterns[i] = oddPattern(rnd, 4); i > 0 && rnd.IntN(2) == 0 {
				patterns[i] = patterns[rnd.IntN(i)] + oddPattern(rnd, 1)
			}
			size += len(patterns[i])
		}
		l := NewList(patterns)
		if l.Size() != size {
			t.Fatalf("%q have %d bytes, not %d", patterns, size, l.Size())
		}
		text := oddText(rnd, "aabbc[]-", 6)
		var want []int32
		for i, p := range patterns {
			if referenceMatch(p, text) {
				want = append(want, int32(i))
			}
		}
		budget := Steps(unlimited)
		if got, over := l.Match(text, &budget); !slices.Equal(got, want) || over != -1 {
			t.Fatalf("of %q, %v match %q, not %v; %d", patterns, want, text, got, over)
		}
	}
}

// TestCanFollow: only the byte at a place can follow there.
func TestCanFollow(t *testing.T) {
	for _, tt := range []struct{ pattern, text, follow string }{
		{"", "a", `a*?[\`}, {"", "*", `*?[\`}, {"a", "a", "*"}, {"", "", "*"},
		{"?", "xa", `a*?[\`}, {"[x]", "xa", `a*?[\`},
		{`\`, "a", "a"}, {`\`, "*", "*"}, {`\`, "", ""}, {`a\`, "a", ""},
		{"*", "a", `a*?[\b]`}, {"[", "a", `a*?[\b]`}, {"*b", "ab", "*"},
	} {
		m := NewMatcher(tt.text, Steps(unlimited))
		s, ok := Feed(m, m.Start(0), tt.pattern, 0)
		if !ok {
			t.Fatal(tt)
		}
		var follow strings.Builder
		for _, c := range []byte(`a*?[\b]`) {
			if m.CanFollow(s, c) {
				follow.WriteByte(c)
			}
		}
		if follow.String() != tt.follow {
			t.Errorf("after %q of %q: %q, want %q", tt.pattern, tt.text, follow.String(), tt.follow)
		}
	}
}

// TestStart: a pattern may begin anywhere in the text.
func TestStart(t *testing.T) {
	m := NewMatcher("abcabc", Steps(unlimited))
	for at, want := range []bool{false, false, false, true, false, false, false} {
		if s, ok := Feed(m, m.Start(at), "a?[c]", 0); (ok && Matches(m, s, "a?[c]")) != want {
			t.Errorf("at %d: %v", at, !want)
		}
	}
	for at := range 7 {
		if s, ok := Feed(m, m.Start(at), "*c", 0); (ok && Matches(m, s, "*c")) != (at < 6) {
			t.Errorf("a star at %d", at)
		}
	}
}

func TestListNodes(t *testing.T) {
	patterns := []string{"ab*", "a*", "ab*", "b?", "", "ab", "a*"}
	l := NewList(patterns)
	for text, want := range map[string]string{
		"": "[4]", "a": "[1 6]", "ab": "[0 1 2 5 6]", "abc": "[0 1 2 6]", "bx": "[3]", "b": "[]", "c": "[]",
	} {
		budget := Steps(1000)
		if got, over := l.Match(text, &budget); fmt.Sprint(got) != want || over != -1 {
			t.Errorf("%q: %v, %d, want %s", text, got, over, want)
		}
	}
	var none List
	budget := Steps(0)
	if got, over := none.Match("a", &budget); got != nil || over != -1 || none.Size() != 0 || budget.Used() != 0 {
		t.Errorf("an empty list: %v, %d", got, over)
	}
}
