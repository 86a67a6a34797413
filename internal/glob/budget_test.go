package glob

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

func TestBudget(t *testing.T) {
	b := NewBudget(2)
	if !b.Spend(20) || !b.Spend(12) || b.Over() || b.Used() != 32 || b.Err("f") != nil {
		t.Errorf("%+v ended early", b)
	}
	if within := b.Within(nil); within != b {
		t.Errorf("within nothing: %+v", within)
	}
	if b.Spend(1) || !b.Over() || b.Used() != 33 {
		t.Errorf("%+v did not end", b)
	}
	err := b.Err("/f line 3")
	if !errors.Is(err, ErrBudget) || errors.Is(err, errors.ErrUnsupported) ||
		err.Error() != "/f line 3: the patterns take too much work, more than 32 steps" {
		t.Error(err)
	}
	var failed *BudgetError
	larger := Steps(50)
	larger.Spend(45)
	w := NewBudget(2).Within(&larger)
	if !w.Spend(5) || w.Spend(1) || !errors.As(w.Err("f"), &failed) || failed.Limit != 50 {
		t.Errorf("within 5 steps of 50: %+v, %v", w, failed)
	}
	if w := Steps(3).Within(&larger); w != Steps(3) {
		t.Errorf("3 within 5 steps: %+v", w)
	}
	large := NewBudget(unlimited)
	if large.limit <= 0 || large.limit > unlimited {
		t.Errorf("%+v", large)
	}
	zero := Budget{}
	if zero.Over() || !zero.Spend(0) || zero.Spend(1) {
		t.Error("no budget allows steps")
	}
	some := Steps(7)
	some.Spend(3)
	if some.exhaust() || some.Used() != 8 || !some.Over() {
		t.Errorf("%+v", some)
	}
}

// TestSteps checks that patterns cost the steps that the documentation states.
func TestSteps(t *testing.T) {
	long := strings.Repeat("a", 640) // ten words
	for _, tt := range []struct {
		pattern, s    string
		alone, tabled int
	}{
		{"", "", 0, 0},
		{"abc", "abc", 3, 3},
		{"abd", "abc", 2, 2},
		{"ab", "abc", 2, 2},
		{"abc", "ab", 2, 2},
		{"*", "abc", 1, 1},
		{"???", "abc", 3, 3},
		{`\a\b`, "ab", 4, 4},
		{"*?b", "aab", 1 + 1 + 1 + 2, 1 + 1 + 3 + 1},
		{"*a", "aaaa", 1 + 1 + 4, 1 + 4 + 1},
		{"*ab", "aaab", 1 + 1 + 4 + 1 + 3, 1 + 4 + 1 + 1},
		{"[ab]", "a", 4 + 4 + 1 + 1, 4 + 4 + 1 + 1},
		{"*" + strings.Repeat("?", 100) + "Z", long, 1 + 100 + 9 + 540, 1 + 100 + 640},
		{"*a", long, 1 + 10 + 640, 1 + 640 + 10},
		{"*a*a", long, 1 + 10 + 640 + 1 + 10 + 639, 1 + 640 + 10 + 1 + 10},
		{"*a?", long, 1 + 10 + 640 + 10, 1 + 640 + 10 + 10},
	} {
		alone := Steps(unlimited)
		MatchWithin(&alone, tt.pattern, tt.s)
		m := NewMatcher(tt.s, Steps(unlimited))
		if s, ok := Feed(m, m.Start(0), tt.pattern, 0); ok {
			Matches(m, s, tt.pattern)
		}
		if alone.Used() != tt.alone || m.Used() != tt.tabled {
			t.Errorf("%.20q takes %d steps alone and %d with a table, want %d and %d",
				tt.pattern, alone.Used(), m.Used(), tt.alone, tt.tabled)
		}
	}
}

// TestOutOfSteps: with too few steps nothing matches, wherever they end.
func TestOutOfSteps(t *testing.T) {
	for _, tt := range []struct{ pattern, s string }{
		{"abc", "abc"}, {"a*b?[bc]*", "axxbxcc"}, {`\a*`, "ab"}, {"*[[a", "xx[[a"}, {"*[[:alpha:]]x", "aax"},
		{"[[:alpha:]*", "[aa"},
		{"*ab" + strings.Repeat("?", 70) + "*", strings.Repeat("ab", 100)},
	} {
		needed := Steps(unlimited)
		if !MatchWithin(&needed, tt.pattern, tt.s) {
			t.Fatalf("%q does not match %q", tt.pattern, tt.s)
		}
		m := NewMatcher(tt.s, Steps(unlimited))
		s, _ := Feed(m, m.Start(0), tt.pattern, 0)
		Matches(m, s, tt.pattern)
		for n := range m.Used() + 1 {
			few := NewMatcher(tt.s, Steps(n))
			s, ok := Feed(few, few.Start(0), tt.pattern, 0)
			if ok = ok && Matches(few, s, tt.pattern); ok != (n == m.Used()) || few.Over() == ok {
				t.Errorf("%q with %d steps of %d: %v", tt.pattern, n, m.Used(), ok)
			}
		}
		for n := range needed.Used() + 1 {
			few := Steps(n)
			if ok := MatchWithin(&few, tt.pattern, tt.s); ok != (n == needed.Used()) || few.Over() == ok {
				t.Errorf("%q alone with %d steps of %d: %v", tt.pattern, n, needed.Used(), ok)
			}
		}
	}
}

// TestListOver: where the budget ends, the list says which pattern was at hand.
func TestListOver(t *testing.T) {
	l := NewList([]string{"b*", "a*x*", "a*y", "a*x*"})
	needed := Steps(unlimited)
	if found, over := l.Match("axyx", &needed); fmt.Sprint(found) != "[1 3]" || over != -1 {
		t.Fatalf("found %v, %d", found, over)
	}
	var last int32 = -1
	seen := ""
	for n := range needed.Used() {
		few := Steps(n)
		found, over := l.Match("axyx", &few)
		if found != nil || over < 0 || !few.Over() || few.Used() > needed.Used() {
			t.Errorf("with %d steps of %d: %v, %d", n, needed.Used(), found, over)
		}
		if over != last {
			last = over
			seen += fmt.Sprint(over, " ")
		}
	}
	if seen != "1 2 1 " {
		t.Errorf("the patterns at hand were %s", seen)
	}
}

// TestListWork: patterns with another beginning are not tried.
func TestListWork(t *testing.T) {
	patterns := make([]string, 10000)
	for i := range patterns {
		patterns[i] = fmt.Sprintf("%04d*%d", i, i)
	}
	l := NewList(patterns)
	for text, most := range map[string]int{"4711x4711": 60, "x": 11, "": 11} {
		budget := Steps(unlimited)
		if found, _ := l.Match(text, &budget); len(found) != len(text)/9 || budget.Used() > most {
			t.Errorf("%q: %v in %d steps, want %d", text, found, budget.Used(), most)
		}
	}
}

// TestMemory: the places in use take as many bytes as documented, in whatever
// order states follow each other.
func TestMemory(t *testing.T) {
	text := strings.Repeat("ab", 1<<15)
	pattern := []byte("*" + strings.Repeat("a?", 1200))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m := NewMatcher(text, Steps(unlimited))
	s, ok := m.Start(0), true
	for i := 0; ok && i < len(pattern); i++ {
		s, ok = Feed(m, s, pattern[:i+1], i)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; ok || !m.Over() || got > 64<<20 {
		t.Errorf("got %v after %d bytes", ok, got)
	}
	if len(m.bits) > 8<<20/8 { // in words
		t.Errorf("%d words", len(m.bits))
	}
	if s, ok := Feed(m, m.Start(0), pattern, 0); ok {
		t.Errorf("a state goes on after the budget ran out: %+v", s)
	}
	again := NewMatcher(text, Steps(unlimited))
	if s, ok := Feed(again, again.Start(0), pattern, 0); !ok || !Matches(again, s, pattern) || len(again.bits) > 2048 {
		t.Errorf("fed at once: %v, %d words", ok, len(again.bits))
	}
}
