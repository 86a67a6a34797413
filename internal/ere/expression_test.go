package ere

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		expr, text string
		want       bool
	}{
		{"", "", true},
		{"a", "", false},
		{"^$", "", true},
		{"^$", "a", false},
		{"b^a", "ba", false},
		{"a$b", "ab", false},
		{"(^|b)a($|c)", "xbacx", true},
		{"(^|b)a($|c)", "xacx", false},
		{"^(a*)*$", "aaaa", true},
		{"^(a*)*$", "aab", false},
		{"^(|a)+b$", "aab", true},
		{"^(^|a){3}b$", "ab", true},
		{"^(ab|a)(bc|c)$", "abc", true},
		{"^(a|ab)(c|bcd)(d*)$", "abcd", true},
		{"^a{0}b$", "b", true},
		{"^a{0}b$", "ab", false},
		{"^a{2,3}$", "a", false},
		{"^a{2,3}$", "aaa", true},
		{"^a{2,3}$", "aaaa", false},
		{"^(a{2}){2,}$", "aaaaa", false},
		{"^(a{2}){2,}$", "aaaaaa", true},
		{"^a{2}{3}$", "aaaaaa", true},
		{"^a{255}$", strings.Repeat("a", 255), true},
		{"^.$", "\x00", true},
		{"^.$", "é", false}, // two bytes
		{"[é]", "\xc3", true},
		{"^[^a]$", "\n", true},
		{"[[:cntrl:]]", "\x7f", true},
		{"[[:punct:]]", "a_", true},
		{"[[:punct:]]", "a 9Z", false},
		{"[[:blank:][:upper:]]", "a\t", true},
		{"[+--]", ",", true},
		{"[a-]", "-", true},
		{"[^]a]", "]a", false},
		{"a]", "a]", true},
		{"a}", "a}", true},
		{`\{\(\/`, "{(/", true},
	} {
		e, err := Parse(tt.expr)
		if err != nil {
			t.Errorf("%q: %v", tt.expr, err)
		} else if got := e.Match(tt.text); got != tt.want {
			t.Errorf("%q matches %q: %v", tt.expr, tt.text, got)
		}
	}
}

// TestWork: what takes other machines exponential time takes this one a step for each
// state and byte.
func TestWork(t *testing.T) {
	text := strings.Repeat("a", 1000)
	for _, expr := range []string{
		"^" + strings.Repeat("(", 20) + "a" + strings.Repeat("*)", 20) + "*b",
		"^((((a*x|a)*x|a)*x|a)*x|a)*b",
		"(a?){255}(a{60}){200}b",
		strings.Repeat("(a|a)*", 20) + "b",
	} {
		e, err := Parse(expr)
		if err != nil {
			t.Errorf("%q: %v", expr, err)
			continue
		}
		m := matching{added: make([]int, len(e)+1)}
		for m.at = range text {
			m.advance()
			m.add(0)
			for i := 0; i < len(m.states); i++ {
				m.step(e, m.states[i], text)
			}
			if len(m.states) > len(e)+1 {
				t.Fatalf("%q: %d states at one place", expr, len(m.states))
			}
		}
	}
}

// generator makes expressions, for this package and for package regexp.
type generator struct {
	*rand.Rand
	depth int
}

func (g *generator) pick(of ...string) string { return of[g.IntN(len(of))] }

// pair makes an expression that both read the same way.
func (g *generator) pair() string {
	var b strings.Builder
	for i := range 1 + g.IntN(3) {
		if i > 0 && g.IntN(3) == 0 {
			b.WriteByte('|')
		}
		if g.IntN(6) == 0 {
			b.WriteString(g.pick("^", "$"))
			continue
		}
		b.WriteString(g.atom())
		for g.IntN(3) == 0 {
			b.WriteString(g.pick("*", "+", "?", "{2}", "{0,1}", "{1,3}", "{2,}", "{0}"))
		}
	}
	return b.String()
}

func (g *generator) atom() string {
	if g.depth < 3 && g.IntN(3) == 0 {
		g.depth++
		defer func() { g.depth-- }()
		return "(" + g.pair() + ")"
	}
	return g.pick("a", "b", "-", ".", `\.`, "[ab]", "[^a]", "[a-c]", "[]a]", "[^]b-]", "[[:digit:]]", "[^[:alpha:]-]", "1")
}

// TestSameAsRegexp compares with package regexp.
func TestSameAsRegexp(t *testing.T) {
	const letters = "ab1-.]c"
	for seed := range uint64(5000) {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
		expr := g.pair()
		other, err := regexp.CompilePOSIX(expr)
		e, ownErr := Parse(expr)
		if (err == nil) != (ownErr == nil) && len(expr) <= maxBytes {
			t.Errorf("%q: %v, want %v", expr, ownErr, err)
		}
		if err != nil || ownErr != nil {
			continue
		}
		for range 20 {
			var text strings.Builder
			for range g.IntN(8) {
				text.WriteByte(letters[g.IntN(len(letters))])
			}
			if got, want := e.Match(text.String()), other.MatchString(text.String()); got != want {
				t.Fatalf("%q matches %q: %v, want %v (seed %s)", expr, &text, got, want, strconv.FormatUint(seed, 10))
			}
		}
	}
}

// FuzzParse: no expression panics, or becomes a machine that is larger than allowed.
func FuzzParse(f *testing.F) {
	for _, expr := range []string{"", "a{2,3}|[^[:digit:]-]*(b+)?$", "[a-", `\`, "((", "{", "a{1}{255}", "[[.", "[]-a]"} {
		f.Add(expr, "a")
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		e, err := Parse(expr)
		if err == nil && len(e) > 2*maxStates {
			t.Errorf("%q: %d states", expr, len(e))
		}
		if len(text) < 300 {
			e.Match(text)
		}
	})
}
