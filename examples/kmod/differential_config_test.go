package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// The number of configurations generated for each kind of tree. A short test
// takes a part.
const (
	goldenConfigurations = 500
	randomConfigurations = 1400
	realConfigurations   = 60
)

// shards is how many subtests share the work in parallel.
const shards = 8

// TestDifferentialConfigurations asks both tools about small trees with random
// configuration.
func TestDifferentialConfigurations(t *testing.T) {
	reference := kmodref.Tool(t, "modprobe")
	inShards(t, "golden", goldenConfigurations, func(t *testing.T, seeds []uint64) {
		lab := goldenLab(t)
		for _, seed := range seeds {
			testConfiguration(t, reference, lab, seed)
		}
	})
	inShards(t, "random", randomConfigurations, func(t *testing.T, seeds []uint64) {
		var lab *labTree
		for i, seed := range seeds {
			if i%5 == 0 {
				lab = randomLab(t, rand.New(rand.NewPCG(seed, 1)))
			}
			testConfiguration(t, reference, lab, seed)
		}
	})
	for _, tree := range kernelTrees(t) {
		inShards(t, tree.release, realConfigurations, func(t *testing.T, seeds []uint64) {
			for _, seed := range seeds {
				lab := realLab(t, tree, rand.New(rand.NewPCG(seed, 2)))
				testConfiguration(t, reference, lab, seed)
			}
		})
	}
}

// inShards divides the seeds among parallel subtests.
func inShards(t *testing.T, name string, count int, test func(t *testing.T, seeds []uint64)) {
	if testing.Short() {
		count /= sampleStep
	}
	for shard := range min(shards, count) {
		t.Run(fmt.Sprintf("%s %d", name, shard), func(t *testing.T) {
			t.Parallel()
			var seeds []uint64
			for seed := shard; seed < count; seed += shards {
				seeds = append(seeds, uint64(seed))
			}
			test(t, seeds)
		})
	}
}

// testConfiguration generates a configuration for the tree, and questions.
func testConfiguration(t *testing.T, reference string, lab *labTree, seed uint64) {
	t.Helper()
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0)), lab: lab}
	if seed%4 > 0 {
		g.softdep = map[string]bool{}
		for _, name := range lab.softdep {
			g.softdep[name] = true
		}
	}
	dirs := g.write(t, t.TempDir())
	d := newDuel(t, reference, lab.kernelTree, lab.marker, dirs...)
	all := d.interview(t, g)
	if len(all) > 0 {
		report(t, all)
		t.Fatalf("that was with the configuration of seed %d:\n%s", seed, describe(t, dirs))
	}
}

// namesAsked is how many names are asked about with each configuration.
const namesAsked = 14

// interview asks the questions. With -i, the reference omits the soft
// dependencies of the named module. If there are any, it is not given that
// flag, and the rules do the rest.
func (d *duel) interview(t *testing.T, g *generator) []difference {
	t.Helper()
	var names, plain, soft []string
	for range namesAsked {
		name := g.query()
		names = append(names, name)
		if d.rules.softdepended(name) {
			soft = append(soft, name)
		} else {
			plain = append(plain, name)
		}
	}
	all := slices.Concat(
		d.batch(t, question{flags: []string{"-n", "-v"}, names: names}),
		d.batch(t, question{flags: []string{"-D"}, names: names}),
		d.batch(t, question{flags: []string{"-R"}, names: names}),
		d.batch(t, question{flags: []string{"-b", "-n", "-v"}, names: names}),
		d.batch(t, question{flags: []string{"-i", "-n", "-v"}, names: plain}),
		d.batch(t, question{flags: []string{"-i", "-n", "-v"}, without: "-i", names: soft}),
	)
	flags := pick(g.Rand, []string{"-n", "-v"}, []string{"-D"}, []string{"--first-time", "-n", "-v"},
		[]string{"-n", "-v", "-q"}, []string{"-R"}, []string{"-b", "-D"})
	params := pick(g.Rand, "p=1", `p="x y"`, "p=x y")
	all = append(all, d.single(t, question{flags: flags, names: []string{pick(g.Rand, names...)}}, params, "-q")...)
	return append(all, d.show(t)...)
}

// show makes both tools show the configuration.
func (d *duel) show(t *testing.T) []difference {
	t.Helper()
	got, want := d.ask(t, "-c")
	got.stdout, want.stdout = d.rules.showconfig(got.stdout, want.stdout)
	if got != want {
		return []difference{{[]string{"-c"}, got, want}}
	}
	return nil
}

// describe prints the files of a configuration.
func describe(t *testing.T, dirs []string) string {
	t.Helper()
	var b strings.Builder
	for _, dir := range dirs {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "-- %s/%s --\n%s\n", filepath.Base(dir), f.Name(), text)
		}
	}
	return b.String()
}
