package kmod_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
)

// benchTree is a tree with the names to look up in it: that of a real kernel in the
// cache directory, else the golden one.
type benchTree struct {
	cfg         kmod.Config
	dir         string
	module, pci string
	moduleDeps  int
	real        bool
}

func findTree(b testing.TB) benchTree {
	cache, err := os.UserCacheDir()
	if err == nil {
		dirs, _ := filepath.Glob(filepath.Join(cache, "gokmod", "*", "lib/modules/*/modules.alias.bin"))
		if len(dirs) > 0 {
			dir := filepath.Dir(dirs[0])
			return benchTree{
				cfg: kmod.Config{Root: filepath.Join(dir, "../../.."), Release: filepath.Base(dir)}, dir: dir,
				module: "xfs", moduleDeps: 1, pci: "pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00", real: true}
		}
	}
	root := modtest.GoldenRoot(b)
	return benchTree{cfg: kmod.Config{Root: root, Release: modtest.GoldenRelease},
		dir: filepath.Join(root, "lib/modules", modtest.GoldenRelease), module: "gm_mid", moduleDeps: 1,
		pci: "pci:v00001AF4d000010FFsv00001AF4sd00001100bc02sc00i00"}
}

// BenchmarkCold opens a DB, looks a module up with its dependencies and closes the DB,
// like a program that asks one question.
func BenchmarkCold(b *testing.B) {
	tree := findTree(b)
	b.ReportAllocs()
	for b.Loop() {
		db, err := kmod.Open(&tree.cfg)
		if err != nil {
			b.Fatal(err)
		}
		found, err := db.Lookup(tree.module)
		if err != nil || len(found) != 1 {
			b.Fatal(found, err)
		}
		deps, err := db.Dependencies(tree.module)
		if err != nil || len(deps) != tree.moduleDeps {
			b.Fatal(deps, err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLookup looks a module up by name, and by the modalias of a PCI device, in an
// open DB.
func BenchmarkLookup(b *testing.B) {
	tree := findTree(b)
	db := dbtest.Open(b, &tree.cfg)
	for _, look := range []struct{ kind, name string }{{"name", tree.module}, {"pci", tree.pci}} {
		b.Run(look.kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := db.Lookup(look.name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
