package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// aliasesAsked is how many aliases of each kernel are asked about.
const aliasesAsked = 5000

// noModules are names without a module.
var noModules = []string{"", "nosuchmodule", "no-such", "pci:v0000FFFEd*", "symbol:no_such_symbol", "[", "a]b",
	"ext4.ko", "EXT4", "fs-", "-", "x y", "*"}

// TestDifferentialModules asks both tools about every module of real kernels,
// and about aliases.
func TestDifferentialModules(t *testing.T) {
	reference := kmodref.Newest(t, "modprobe")
	for _, tree := range kernelTrees(t) {
		t.Run(tree.release, func(t *testing.T) {
			t.Parallel()
			d := newDuel(t, reference, tree, tree.marker(t), t.TempDir())
			names := slices.Concat(sample(tree.names(t)), tree.someAliases(t), noModules)
			names = slices.DeleteFunc(names, func(name string) bool { return name == d.marker })
			for chunk := range slices.Chunk(names, 2000) {
				for _, flags := range [][]string{{"-n", "-v"}, {"-D"}, {"-R"}, {"-b", "-n", "-v"}} {
					report(t, d.batch(t, question{flags: flags, names: chunk}))
				}
			}
			report(t, d.show(t))
		})
	}
}

// names lists the modules and the built-in ones.
func (k *kernelTree) names(t *testing.T) []string {
	t.Helper()
	var names []string
	for line := range strings.Lines(k.read(t, "modules.dep") + k.read(t, "modules.builtin")) {
		path, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		name, _, _ := strings.Cut(filepath.Base(path), ".")
		names = append(names, name)
	}
	return names
}

// someAliases makes aliases that match patterns of the indexes.
func (k *kernelTree) someAliases(t *testing.T) []string {
	t.Helper()
	patterns := aliasPatterns(k.read(t, "modules.alias") + k.read(t, "modules.symbols"))
	for item := range strings.SplitSeq(k.read(t, "modules.builtin.modinfo"), "\x00") {
		if _, pattern, ok := strings.Cut(item, ".alias="); ok {
			patterns = append(patterns, pattern)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	var aliases []string
	for range aliasesAsked {
		aliases = append(aliases, instance(r, pick(r, patterns...)))
	}
	return sample(aliases)
}

// marker returns a module without dependencies or users.
func (k *kernelTree) marker(t *testing.T) string {
	t.Helper()
	deps, others := k.read(t, "modules.dep"), k.read(t, "modules.softdep")+k.read(t, "modules.alias")+k.read(t, "modules.symbols")
	for line := range strings.Lines(deps) {
		path, needs, _ := strings.Cut(line, ":")
		name, _, _ := strings.Cut(filepath.Base(path), ".")
		alone := needs == "\n" && strings.Count(deps, name) == 1 && !strings.Contains(others, name)
		if alone && !strings.ContainsAny(name, "-_") {
			return name
		}
	}
	t.Fatal("there is no module that stands alone")
	return ""
}

// read reads a file of the module directory.
func (k *kernelTree) read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(k.dir(), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// realLab picks some modules of a kernel to write configuration for: some with
// soft dependencies, and others.
func realLab(t *testing.T, k kernelTree, r *rand.Rand) *labTree {
	t.Helper()
	lab := &labTree{
		kernelTree: k, marker: k.marker(t),
		builtin: []string{"unix", "virtio_pci", "msr"}, // or not, depending on the kernel
		aliases: []string{"fs-ext4", "symbol:crc16"},
	}
	var soft []string
	for line := range strings.Lines(k.read(t, "modules.softdep")) {
		if words := strings.Fields(line); len(words) > 2 && words[0] == "softdep" {
			soft = append(soft, words[1])
		}
	}
	lab.softdep = soft
	names := k.names(t)
	for range 5 {
		lab.modules = append(lab.modules, pick(r, soft...))
	}
	for range 10 {
		lab.modules = append(lab.modules, strings.ReplaceAll(pick(r, names...), "-", "_"))
	}
	return lab
}
