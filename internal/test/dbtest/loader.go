package dbtest

import (
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// Loader makes a loader of a tree on disk (or in memory) and a test kernel.
func Loader(t testing.TB, files fstest.MapFS, onDisk bool) (*kmod.Loader, *kmodtest.Kernel) {
	t.Helper()
	cfg := &kmod.Config{FS: files, Release: modtest.Release}
	if onDisk {
		cfg = &kmod.Config{Root: modtest.Write(t, files), Release: modtest.Release}
	}
	k := kmodtest.New(modtest.Release)
	k.Symbols = []string{"printk"}
	k.Vermagic = modtest.Vermagic
	return kmod.NewLoader(Open(t, cfg), &kmod.LoaderConfig{Kernel: k, Explain: diagnose.Explainer()}), k
}
