package kmod_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
)

// TestConfigRoot has modules and configuration in two trees.
func TestConfigRoot(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a/x.conf"), []byte("options gm_base x=1\nbogus\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	db, err := kmod.Open(&kmod.Config{Root: modtest.GoldenRoot(t), Release: modtest.GoldenRelease,
		ConfigRoot: dir, ConfigDirs: []string{"/a"}, NoCmdline: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	plan, err := db.Plan("gm_soft")
	if err != nil {
		t.Fatal(err)
	}
	if first := plan.Steps[0]; first.Module.Name != "gm_base" || first.Params != "x=1" {
		t.Errorf("the first step is %v, not that of the soft dependency with its option", &first)
	}
	if got, want := len(plan.Steps), 4; got != want {
		t.Errorf("%d steps, want %d, those of modules.softdep included:\n%v", got, want, plan)
	}
	if w := db.Warnings(); len(w) != 1 || w[0].File != filepath.Join(dir, "a/x.conf") || w[0].Line != 2 ||
		w[0].String() != w[0].File+" line 2: ignoring bad line starting with 'bogus'" {
		t.Errorf("warnings %v", w)
	}
}

func TestConfigRootAbsent(t *testing.T) {
	_, err := kmod.Open(&kmod.Config{Root: t.TempDir(), Release: "x", ConfigRoot: "/nonexistent"})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
