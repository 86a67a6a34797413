package kmod_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
)

func TestAliases(t *testing.T) {
	var got []kmod.Alias
	for a, err := range openGolden(t).Aliases() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, a)
	}
	if len(got) != 14 {
		t.Errorf("%d aliases, want 14: %v", len(got), got)
	}
	for _, want := range []kmod.Alias{{"fs_gmfs", "gm_dev"}, {"symbol:gm_mid_fn", "gm_mid"}} {
		if !slices.Contains(got, want) {
			t.Errorf("%v is not among %v", want, got)
		}
	}
	if got[len(got)-1] != (kmod.Alias{Pattern: "symbol:gm_top_fn", Module: "gm_top"}) {
		t.Errorf("the last one is %v", got[len(got)-1])
	}
	for range openGolden(t).Aliases() {
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
	for _, err := range openDB(t, &kmod.Config{Root: root, Release: modtest.GoldenRelease}).Aliases() {
		if n++; !errors.Is(err, kmod.ErrCorrupt) || n > 1 {
			t.Errorf("answer %d: %v", n, err)
		}
	}
	if n == 0 {
		t.Error("no error")
	}
}
