package kmod_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// Set by bench_libkmod_test.go in builds with the tag libkmod.
var (
	rivalLookup func(b *testing.B, dir, name string) func(n int) time.Duration
	rivalCold   func(b *testing.B, dir, name string) time.Duration
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
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
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
		ours += time.Since(start)
		if rivalCold != nil {
			theirs += rivalCold(b, tree.dir, tree.module)
		}
	}
	report(b, ours, theirs, b.N)
}

// report reports the time of one operation, and how many times as long the rival took.
func report(b *testing.B, ours, theirs time.Duration, n int) {
	b.ReportMetric(float64(ours.Nanoseconds())/float64(n), "ns/op")
	if theirs > 0 {
		b.ReportMetric(float64(theirs.Nanoseconds())/float64(n), "ns/libkmod-op")
		b.ReportMetric(float64(theirs)/float64(ours), "x-libkmod")
	}
}

func benchmarkLookup(b *testing.B, tree benchTree, name string) {
	db := dbtest.Open(b, &tree.cfg)
	var rival func(n int) time.Duration
	if rivalLookup != nil {
		rival = rivalLookup(b, tree.dir, name)
	}
	const round = 1000
	b.ReportAllocs()
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		for range round {
			if _, err := db.Lookup(name); err != nil {
				b.Fatal(err)
			}
		}
		ours += time.Since(start)
		if rival != nil {
			theirs += rival(round)
		}
	}
	report(b, ours, theirs, b.N*round)
}

// BenchmarkLookupName looks a module up by name in an open DB; allocations are
// those of 1,000 lookups.
func BenchmarkLookupName(b *testing.B) {
	tree := findTree(b)
	benchmarkLookup(b, tree, tree.module)
}

// BenchmarkLookupPCI looks the modalias of a PCI device up in an open DB;
// allocations are those of 1,000 lookups.
func BenchmarkLookupPCI(b *testing.B) {
	tree := findTree(b)
	benchmarkLookup(b, tree, tree.pci)
}

// BenchmarkSleepingInit loads five modules whose init functions sleep for 100 ms each,
// as those of real drivers do, and reports the time as a part of what they take one
// after the other.
func BenchmarkSleepingInit(b *testing.B) {
	const init = 100 * time.Millisecond
	tree := &kmodtest.Tree{}
	var names []string
	for i := range 5 {
		names = append(names, fmt.Sprint("m", i))
		tree.Modules = append(tree.Modules, kmodtest.Module{Name: names[i]})
	}
	db := openTree(b, tree)
	for _, parallel := range []int{1, 2, 4, 8, 16, 0} {
		b.Run(fmt.Sprint("parallel=", parallel), func(b *testing.B) {
			for b.Loop() {
				kernel := tree.Kernel()
				kernel.Delay = func(string) time.Duration { return init }
				loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel, Parallel: parallel})
				if _, err := loader.Load(b.Context(), names...); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(len(names)*int(init)), "of-serial")
		})
	}
}
