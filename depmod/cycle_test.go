package depmod_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// needTree is a tree of modules given as "a: b c" and listed in that order.
// Each exports a symbol of its name.
func needTree(lines ...string) modtestFS {
	var modules []modtest.TreeModule
	order := ""
	for _, line := range lines {
		name, needs, _ := strings.Cut(line, ":")
		file := modtest.Named(name, []string{name}, strings.Fields(needs)).Build()
		modules = append(modules, modtest.TreeModule{Path: "kernel/" + name + ".ko", File: file})
		order += "kernel/" + name + ".ko\n"
	}
	files := modtest.Tree(nil, modules...)
	files[moduleDir+"/modules.order"] = text(order)
	files[moduleDir+"/modules.builtin"] = text("")
	files[moduleDir+"/modules.builtin.modinfo"] = text("")
	return files
}

func scanFS(t *testing.T, files modtestFS, cfg depmod.Config) (*depmod.Index, error) {
	t.Helper()
	cfg.FS, cfg.Release = files, modtest.Release
	return depmod.Scan(context.Background(), &cfg)
}

func TestCycles(t *testing.T) {
	for _, test := range []struct {
		tree    string
		modules int
		cycles  string
	}{
		{"a: b, b: a", 2, "a b"},
		{"a: b, b: c, c: a", 3, "a b c"},
		{"a: b, b: a, c: d, d: c", 4, "a b, c d"},
		{"a: b, b: a, user: a", 2, "a b"},
		{"a: b, b: a used, used:", 2, "a b"},
		{"a: b c, b: a, c: a", 3, "a c, a b"},
		{"a: b c d, b: a, c: a, d: a", 4, "a d, a c, a b"},
		{"a: b, b: c d, c: a, d: a", 4, "a b d, a b c"},
		{"a: b c, b: d, c: d, d: a", 4, "a c d, b d a"},
		{"a: b, b: a d, d: e, e: d", 4, "a b, d e"},
		{"a: b, b: a x, x: y, y: z, z: y", 4, "a b, y z"},
		{"a: a b, b: a", 2, "a b"},
	} {
		t.Run(test.tree, func(t *testing.T) {
			index, err := scanFS(t, needTree(strings.Split(test.tree, ", ")...), depmod.Config{})
			var cycle *depmod.CycleError
			if index != nil || !errors.As(err, &cycle) {
				t.Fatalf("%v, %v", index, err)
			}
			if got := spell(cycle.Cycles); got != test.cycles || cycle.Modules != test.modules {
				t.Errorf("%d modules in %s, want %d in %s", cycle.Modules, got, test.modules, test.cycles)
			}
			if _, err := cycle.Index.Files(); !errors.As(err, &cycle) {
				t.Errorf("files were made: %v", err)
			}
		})
	}
}

func spell(cycles [][]string) string {
	var all []string
	for _, c := range cycles {
		all = append(all, strings.Join(c, " "))
	}
	return strings.Join(all, ", ")
}

// TestCyclesMany: the report of very many cycles is bounded.
func TestCyclesMany(t *testing.T) {
	const n = 300
	var lines []string
	for i := range n {
		line := fmt.Sprintf("m%d:", i)
		for k := range n {
			line += fmt.Sprintf(" m%d", k)
		}
		lines = append(lines, line)
	}
	_, err := scanFS(t, needTree(lines...), depmod.Config{})
	var cycle *depmod.CycleError
	if !errors.As(err, &cycle) {
		t.Fatal(err)
	}
	names := 0
	for _, c := range cycle.Cycles {
		names += len(c)
	}
	if cycle.Modules != n || names > 1<<17 || len(cycle.Cycles) == 0 {
		t.Errorf("%d modules, %d cycles with %d names", cycle.Modules, len(cycle.Cycles), names)
	}
}
