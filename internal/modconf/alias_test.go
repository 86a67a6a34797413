package modconf

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/glob"
)

// TestAliasWork: names that must match, with a bound on the steps for each byte
// of the patterns and the name.
func TestAliasWork(t *testing.T) {
	long := strings.Repeat("a", 200)
	for _, tt := range []struct {
		name, beginning, alias string
		found                  int
		most                   float64
	}{
		{"plain beginning", "x", "y" + long, 0, 0.001},
		{"of some", "x", "x0010", 1, 0.01},
		{"after a star", "*" + long + "b", strings.Repeat("a", 450), 0, 0.01},
		{"after a star, at the end", "*" + long + "b", strings.Repeat("a", 440) + "b0010", 1, 0.01},
		{"after many stars", strings.Repeat("*a", 100) + "b", strings.Repeat("a", 4090), 0, 0.1},
		{"digits everywhere", "*", strings.Repeat("0123456789", 400), 1, 4},
		{"sets", "*" + strings.Repeat("[ab]", 50), strings.Repeat("ab", 2000), 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var text strings.Builder
			for i := range 2000 {
				fmt.Fprintf(&text, "alias %s%04d* m\n", tt.beginning, i)
			}
			c := Read(Sources{Files: []File{{"f", text.String()}}})
			budget := glob.Steps(1 << 30)
			found, err := c.MatchAliases(&budget, tt.alias)
			steps := budget.Used()
			most := int(tt.most * float64(c.patterns.Size()+len(tt.alias)))
			if err != nil || len(found) < tt.found || steps > most {
				t.Errorf("got %d aliases, %v in %d steps, want %d in %d", len(found), err, steps, tt.found, most)
			}
		})
	}
}

// TestAliasBudget: patterns that take too much work are refused, and the error
// says where they are.
func TestAliasBudget(t *testing.T) {
	var text strings.Builder
	text.WriteString("alias a x\n")
	for i := range 256 {
		fmt.Fprintf(&text, "alias *%s m\n", strings.NewReplacer("0", "[ab]", "1", "[ba]").Replace(fmt.Sprintf("%08b", i)))
	}
	c := Read(Sources{Files: []File{{"f", text.String()}}})
	alias := strings.Repeat("ab", 2000)
	budget := glob.Steps(1 << 30)
	found, err := c.MatchAliases(&budget, alias)
	steps := budget.Used()
	var b *glob.BudgetError
	if found != nil || !errors.As(err, &b) || !strings.HasPrefix(b.File, "f line ") {
		t.Fatalf("got %d aliases, %v", len(found), err)
	}
	if limit := glob.StepsPerByte * (c.patterns.Size() + len(alias)); b.Limit != limit || steps > limit+len(alias) {
		t.Errorf("a limit of %d and %d steps, want %d", b.Limit, steps, limit)
	}
	if found, err := c.MatchAliases(nil, "a"); len(found) != 1 || err != nil {
		t.Errorf("a plain alias: %v, %v", found, err)
	}
	small := glob.Steps(10)
	found, err = c.MatchAliases(&small, "abab")
	if found != nil || !errors.As(err, &b) || b.Limit != 10 || !small.Over() {
		t.Errorf("a small budget: %v, %v", found, err)
	}
}

// TestAliasOrder: lines match in order, whatever they begin with, and each as
// often as it was written.
func TestAliasOrder(t *testing.T) {
	const text = "alias * m1\nalias ab m2\nalias a* m3\nalias * m4\nalias a? m5\nalias ab m6\nalias a* m7\n" +
		`alias a\b m8` + "\nalias b* no\nalias abc no\nalias [ab]b m9\n"
	c := Read(Sources{Files: []File{{"f", strings.ReplaceAll(text, `\`, `\\`)}}})
	found, err := c.MatchAliases(nil, "ab")
	if got := join(found, func(a Alias) string { return a.Module }); err != nil || got != "m1 m2 m3 m4 m5 m6 m7 m8 m9" {
		t.Errorf("got %s, %v", got, err)
	}
	for i, a := range found {
		if a.Line == 0 || i > 0 && a.Line <= found[i-1].Line {
			t.Errorf("%v is out of order", a)
		}
	}
}
