package modconf

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/ere"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestKernelsReference compares random expressions. Each belongs to an override
// of its own, so that one run of depmod answers for all of them.
func TestKernelsReference(t *testing.T) {
	tool, root := kmodref.Tool(t, "depmod"), t.TempDir()
	file := modtest.Named("", nil, nil).Build()
	g := newGenerator(4)
	var conf strings.Builder
	var expressions []Kernels
	for range rounds(1000) {
		expr := g.randomExpression()
		if _, err := ere.Parse(string(expr)); err != nil || expr == "" {
			continue // GNU may know it
		}
		n := len(expressions)
		expressions = append(expressions, expr)
		fmt.Fprintf(&conf, "override m%d %s extra\n", n, escape(string(expr)))
		for _, dir := range []string{"extra", "updates"} {
			writeFile(t, filepath.Join(root, "lib/modules", modtest.Release, dir, fmt.Sprintf("m%d.ko", n)), string(file))
		}
	}
	writeFile(t, filepath.Join(root, "a.conf"), conf.String())
	chosen, matched := depmodReference(t, tool, root, []string{"a.conf"}).modules, 0
	for n, expr := range expressions {
		want := slices.Contains(chosen, fmt.Sprintf("extra/m%d.ko", n))
		if got := expr.Match(modtest.Release); got != want {
			t.Errorf("%q matches: %v, want %v", expr, got, want)
		}
		if want {
			matched++
		}
	}
	t.Logf("%d of %d expressions match", matched, len(expressions))
	if total := len(expressions); total < rounds(1000)/4 || matched < total/10 || matched > total*9/10 {
		t.Errorf("%d of %d expressions match", matched, total)
	}
}

// randomExpression joins random parts of expressions.
func (g generator) randomExpression() Kernels {
	var b strings.Builder
	for range 1 + g.IntN(6) {
		b.WriteString(g.pick("6", "1", "0", "te", "st", ".", "[.]", `\.`, "-", `\-`, "^", "$", "(6", ")", "(", "|", "[0-9]", "[^0-9]", "[a-z",
			"]", "[]-]", `[\.]`, "[[:alpha:]]", "[[:digit:]]", "[^[:alnum:]]", "[^]0]", "x", "{1}", "{2}", "{0,2}", "{1,}", "{", "}", "*", "+", "?", `\$`, "()"))
	}
	return Kernels(b.String())
}
