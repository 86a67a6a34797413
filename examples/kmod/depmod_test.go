package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/modtest"
)

// TestDepmodQueries asks what the reference was asked. It lists symbols in an
// order that is an accident.
func TestDepmodQueries(t *testing.T) {
	root := modtest.GoldenRoot(t)
	empty := filepath.Join(t.TempDir(), "empty.map")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, q := range goldenQueries(t, "depmod") {
		t.Run(q.command, func(t *testing.T) {
			want := q.answer(root)
			q.command = strings.ReplaceAll(q.command, "@E@", empty)
			got := q.ask(root)
			got.stdout, want.stdout = sortSymbols(got.stdout), sortSymbols(want.stdout)
			got.check(t, want)
		})
	}
}

// sortSymbols puts the lines of modules.symbols in order, and leaves the others
// where they are.
func sortSymbols(text string) string {
	lines := strings.SplitAfter(text, "\n")
	var symbols []string
	for _, l := range lines {
		if strings.HasPrefix(l, "alias symbol:") {
			symbols = append(symbols, l)
		}
	}
	slices.Sort(symbols)
	for i, l := range lines {
		if strings.HasPrefix(l, "alias symbol:") {
			lines[i], symbols = symbols[0], symbols[1:]
		}
	}
	return strings.Join(lines, "")
}
