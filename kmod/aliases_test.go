package kmod_test

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
)

// collect gathers what has no error.
func collect(t *testing.T, entries iter.Seq2[kmod.Alias, error]) (list []kmod.Alias) {
	t.Helper()
	for a, err := range entries {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	return list
}

func TestAliases(t *testing.T) {
	db := dbtest.Golden(t)
	aliases, symbols := collect(t, db.Aliases()), collect(t, db.Symbols())
	builtin := slices.IndexFunc(aliases, func(a kmod.Alias) bool { return a.Builtin })
	if builtin < 0 {
		builtin = len(aliases)
	}
	if len(aliases[:builtin])+len(symbols) != 14 {
		t.Errorf("not 14: %v, %v", aliases, symbols)
	}
	byPattern := func(a, b kmod.Alias) int { return strings.Compare(a.Pattern, b.Pattern) }
	for _, list := range [][]kmod.Alias{aliases[:builtin], aliases[builtin:], symbols} {
		if !slices.IsSortedFunc(list, byPattern) || slices.ContainsFunc(list, func(a kmod.Alias) bool { return a.Builtin != list[0].Builtin }) {
			t.Errorf("not in order: %v", list)
		}
	}
	if want := (kmod.Alias{Pattern: "fs_gmfs", Module: "gm_dev"}); !slices.Contains(aliases, want) {
		t.Errorf("%v is not among %v", want, aliases)
	}
	if want := (kmod.Alias{Pattern: "symbol:gm_mid_fn", Module: "gm_mid"}); !slices.Contains(symbols, want) {
		t.Errorf("%v is not among %v", want, symbols)
	}
	if symbols[len(symbols)-1] != (kmod.Alias{Pattern: "symbol:gm_top_fn", Module: "gm_top"}) {
		t.Errorf("the last one is %v", symbols[len(symbols)-1])
	}
	for range dbtest.Golden(t).Aliases() {
		break
	}
}

func TestAliasesDamaged(t *testing.T) {
	root := modtest.GoldenRoot(t)
	file := filepath.Join(root, "lib/modules", modtest.GoldenRelease, "modules.alias.bin")
	if err := os.WriteFile(file, []byte("not an index at all"), 0o644); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range dbtest.Open(t, &kmod.Config{Root: root, Release: modtest.GoldenRelease}).Aliases() {
		if n++; !errors.Is(err, kmod.ErrCorrupt) || n > 1 {
			t.Errorf("answer %d: %v", n, err)
		}
	}
	if n == 0 {
		t.Error("no error")
	}
}
