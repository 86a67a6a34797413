package main

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// The tests here run the newest kmod's depmod and ours on the same trees. The
// installed one differs from it in what sameFiles ignores: modules.weakdep, and the
// order of nodes in binary files. If not all modules are in modules.order, or two
// files of one rank have the same name, both use the order of directories.

// depmodDuel runs both tools on a release below root. kmod's files are in the
// tree, or were written there before if it has no arguments; ours are in the
// returned directory.
func depmodDuel(t *testing.T, tool, root, release string, args ...string) (got, want answer, out string) {
	t.Helper()
	out = t.TempDir()
	base := append([]string{"-b", root}, args...)
	want = askReference(t, tool, append(slices.Clone(base), release)...)
	got = newWorld().run(append(append([]string{"depmod", "-o", out}, base...), release)...)
	return got, want, filepath.Join(out, "lib/modules", release)
}

// madeFiles are the index files that any kmod makes.
var madeFiles = []string{"modules.dep", "modules.alias", "modules.softdep", "modules.symbols", "modules.devname",
	"modules.dep.bin", "modules.alias.bin", "modules.symbols.bin", "modules.builtin.bin", "modules.builtin.alias.bin"}

// sameFiles compares the index files in two directories: text byte for byte,
// binary files key by key.
func sameFiles(t *testing.T, ours, theirs string) {
	t.Helper()
	for _, name := range madeFiles {
		got, want := readFile(t, filepath.Join(ours, name)), readFile(t, filepath.Join(theirs, name))
		switch {
		case strings.HasSuffix(name, ".bin"):
			got, want = entries(t, name, got), entries(t, name, want)
		case name == "modules.symbols":
			got, want = []byte(sortSymbols(string(got))), []byte(sortSymbols(string(want)))
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs: %s", name, firstUnlike(string(got), string(want)))
		}
	}
}

// entries lists the entries of a binary file.
func entries(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	if len(data) == 0 {
		return nil // what kmod writes when there is nothing to make it of
	}
	r, err := index.New(name, data)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for e, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %d %s\n", e.Key, e.Priority, e.Value)
	}
	return b.Bytes()
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func firstUnlike(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d is %q, want %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// TestDepmodReferenceKernels compares the indexes of real kernels with those
// that kmod's depmod left there, and with those of the newest.
func TestDepmodReferenceKernels(t *testing.T) {
	if testing.Short() {
		t.Skip("whole kernels are not read in short mode")
	}
	trees := append(kernelTrees(t), suiteTrees(t, kernels.LinuxARM, kernels.LinuxS390X)...)
	for _, tree := range trees {
		t.Run(tree.release, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			newWorld().run("depmod", "-b", tree.root, "-o", out, tree.release).check(t, answer{})
			ours := filepath.Join(out, "lib/modules", tree.release)
			t.Run("installed", func(t *testing.T) { sameFiles(t, ours, tree.dir()) })
			t.Run("newest", func(t *testing.T) { sameAsNewest(t, ours, tree) })
		})
	}
}

// sameAsNewest compares the index files of a tree with those of the newest kmod.
func sameAsNewest(t *testing.T, ours string, tree kernelTree) {
	t.Helper()
	out := t.TempDir()
	askReference(t, kmodref.Newest(t, "depmod"), "-b", tree.root, "-o", out, tree.release).check(t, answer{})
	sameBytes(t, ours, filepath.Join(out, "lib/modules", tree.release))
}

// sameBytes compares the index files in two directories byte for byte, except for
// the order of modules.symbols, which is accidental, and for empty files of kmod:
// ours are indexes without entries.
func sameBytes(t *testing.T, ours, theirs string) {
	t.Helper()
	for _, name := range append([]string{"modules.weakdep"}, madeFiles...) {
		got, want := readFile(t, filepath.Join(ours, name)), readFile(t, filepath.Join(theirs, name))
		switch {
		case name == "modules.symbols":
			got, want = []byte(sortSymbols(string(got))), []byte(sortSymbols(string(want)))
		case len(want) == 0 && strings.HasSuffix(name, ".bin"):
			got = entries(t, name, got)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs: %s", name, firstUnlike(string(got), string(want)))
		}
	}
}

func TestDepmodReferenceGolden(t *testing.T) {
	tool := kmodref.Newest(t, "depmod")
	root := modtest.GoldenRoot(t)
	// The reference has no gzip here, and no order for unlisted files.
	dir := filepath.Join(root, "lib/modules", modtest.GoldenRelease)
	if err := os.Remove(filepath.Join(dir, "kernel/gm/gm_dev.ko.gz")); err != nil {
		t.Fatal(err)
	}
	got, want, out := depmodDuel(t, tool, root, modtest.GoldenRelease)
	got.check(t, want)
	sameBytes(t, out, dir)
}

func TestDepmodReferenceCycle(t *testing.T) {
	tool := kmodref.Newest(t, "depmod")
	for _, needs := range []string{"a: b, b: a", "a: b, b: c, c: a", "x: a, a: b, b: a, c: d, d: c", "a: b c, b: a, c: a", "a: b, b: c d, c: a, d: a"} {
		root := t.TempDir()
		var order []string
		for _, line := range strings.Split(needs, ", ") {
			name, needs, _ := strings.Cut(line, ":")
			m := modtest.Named(name, []string{name}, strings.Fields(needs))
			order = append(order, "kernel/"+name+".ko")
			writeModule(t, root, order[len(order)-1], m.Build())
		}
		writeInputs(t, root, order, "", "")
		got, want, out := depmodDuel(t, tool, root, modtest.Release)
		got.check(t, want)
		if files, err := os.ReadDir(out); len(files) > 0 {
			t.Errorf("files were written: %v, %v", files, err)
		}
	}
}

// writeModule writes a file below the module directory.
func writeModule(t *testing.T, root, name string, data []byte) {
	t.Helper()
	full := filepath.Join(root, "lib/modules", modtest.Release, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// writeInputs writes the files of a kernel's build.
func writeInputs(t *testing.T, root string, order []string, builtin, modinfo string) {
	t.Helper()
	writeModule(t, root, "modules.order", []byte(strings.Join(order, "\n")+"\n"))
	writeModule(t, root, "modules.builtin", []byte(builtin))
	writeModule(t, root, "modules.builtin.modinfo", []byte(modinfo))
}

// TestDepmodReferenceRandom compares both tools' messages and files for random
// trees with random options.
func TestDepmodReferenceRandom(t *testing.T) {
	tool := kmodref.Newest(t, "depmod")
	g := depmodGenerator{rand.New(rand.NewPCG(11, 13))}
	rounds := 400
	if testing.Short() {
		rounds = 20
	}
	said := map[string]int{}
	for n := range rounds {
		root := t.TempDir()
		g.tree(t, root)
		args := g.args(t, root)
		got, want, out := depmodDuel(t, tool, root, modtest.Release, args...)
		got.stdout = sortSymbols(got.stdout)
		want.stdout = sortSymbols(want.stdout)
		got.check(t, want)
		if !slices.Contains(args, "-n") {
			sameBytes(t, out, filepath.Join(root, "lib/modules", modtest.Release))
		}
		if t.Failed() {
			t.Fatalf("round %d with %q", n, args)
		}
		for _, word := range []string{" needs \"", "unknown symbol", "disagrees", "duplicate module", "could not open", "has devname"} {
			said[word] += strings.Count(want.stdout+want.stderr, word)
		}
	}
	t.Log(said)
	for word := range maps.Keys(said) {
		if said[word] < rounds/4 {
			t.Errorf("%q was said only %d times", word, said[word])
		}
	}
}

type depmodGenerator struct{ *rand.Rand }

func (g depmodGenerator) pick(words ...string) string { return words[g.IntN(len(words))] }

// tree writes modules that need symbols of earlier ones.
func (g depmodGenerator) tree(t *testing.T, root string) {
	t.Helper()
	var order, exported []string
	needed := map[string]bool{}
	for i := range 2 + g.IntN(14) {
		name := fmt.Sprintf("%s%d", g.pick("m", "a-b_"), i)
		m := g.module(name, exported)
		for _, n := range m.Needed {
			needed[strings.TrimLeft(n.Name, "._")] = true
		}
		for k := range g.IntN(4) {
			symbol := fmt.Sprintf("s%d_%d", i, k)
			if len(exported) > 0 && g.IntN(8) == 0 {
				symbol = g.pick(exported...)
			}
			if needed[symbol] {
				continue // kmod hangs in some cycles
			}
			m.Exports = append(m.Exports, modtest.Export{Name: symbol, CRC: modtest.CRC(symbol)})
		}
		for _, e := range m.Exports {
			exported = append(exported, e.Name)
		}
		path := g.pick("kernel/", "kernel/sub/", "updates/", "") + name + ".ko"
		order = append(order, path)
		writeModule(t, root, path, m.Build())
	}
	g.Shuffle(len(order), func(i, k int) { order[i], order[k] = order[k], order[i] })
	writeInputs(t, root, order, "kernel/built.ko\nkernel/in-built.ko\n", "built.alias=x:a-b\x00built.license=GPL\x00in_built.alias=y*\x00")
	for _, input := range []string{"modules.builtin", "modules.builtin.modinfo"} {
		if g.IntN(3) == 0 {
			if err := os.Remove(filepath.Join(root, "lib/modules", modtest.Release, input)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (g depmodGenerator) module(name string, exported []string) *modtest.Module {
	m := modtest.Named(name, nil, nil)
	for range g.IntN(4) {
		m.Modinfo = append(m.Modinfo, "alias="+g.pick("foo", "a-b", "a_b", "pci:v*d[0-9-]*", "x?", "devname:n", "char-major-10-5", "devname:"+name))
	}
	for range g.IntN(2) {
		m.Modinfo = append(m.Modinfo, "softdep="+g.pick("pre: a", "post: b c", "pre: a-b post: c"))
	}
	needed := map[string]bool{}
	for range g.IntN(6) {
		symbol := g.pick("kernel_a", "kernel_b", "_kernel_c", "TOC.", ".dotted")
		if len(exported) > 0 && g.IntN(3) > 0 {
			symbol = g.pick("", "", "", ".", "_") + g.pick(exported...)
		}
		if needed[symbol] {
			continue
		}
		needed[symbol] = true
		m.Needed = append(m.Needed, modtest.Needed{Name: symbol, Weak: g.IntN(6) == 0})
		if g.IntN(8) > 0 {
			m.Versions = append(m.Versions, modtest.Version{Name: symbol, CRC: modtest.CRC(strings.TrimLeft(symbol, "._")) + uint32(g.IntN(8)/7)})
		}
	}
	return m
}

// args makes options, and the files that they name.
func (g depmodGenerator) args(t *testing.T, root string) []string {
	t.Helper()
	var args []string
	for _, option := range []string{"-v", "-w", "-e", "-a"} {
		if g.IntN(2) == 0 {
			args = append(args, option)
		}
	}
	if g.IntN(4) == 0 {
		args = append(args, "-n")
	}
	if g.IntN(3) == 0 {
		args = append(args, "-P", "_")
	}
	if g.IntN(2) == 0 {
		args = append(args, "-F", g.file(t, root, "System.map", "0 R __ksymtab_kernel_a\n0 R ___ksymtab_kernel_b\n0 R __ksymtab_s0_0\n"))
	}
	if g.IntN(2) == 0 {
		args = append(args, "-E", g.file(t, root, "Module.symvers", fmt.Sprintf("0x%08x\tkernel_a\tvmlinux\tE\n0x1\tkernel_b\tvmlinux\tE\n0x1\ts0_0\tm\tE\n", modtest.CRC("kernel_a"))))
	}
	return args
}

func (g depmodGenerator) file(t *testing.T, root, name, text string) string {
	t.Helper()
	name = filepath.Join(root, name)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}
