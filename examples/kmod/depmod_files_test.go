package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestDepmodReferenceFiles compares both tools' output for random trees, with
// files, a configuration, -a and -A in random order.
func TestDepmodReferenceFiles(t *testing.T) {
	tool := kmodref.Newest(t, "depmod")
	g := depmodGenerator{rand.New(rand.NewPCG(5, 17))}
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	for n := range rounds {
		root := t.TempDir()
		g.tree(t, root)
		dir := filepath.Join(root, "lib/modules", modtest.Release)
		line := g.line(t, root, dir)
		want := askReference(t, tool, line...)
		theirs := takeFiles(t, dir)
		got := newWorld().run(append([]string{"depmod"}, line...)...)
		got.stdout = sortSymbols(got.stdout)
		want.stdout = sortSymbols(want.stdout)
		got.check(t, want)
		if _, err := os.Stat(filepath.Join(theirs, "modules.dep")); err == nil {
			sameBytes(t, dir, theirs)
		} else if files, _ := filepath.Glob(dir + "/*.bin"); files != nil {
			t.Errorf("files were written: %q", files)
		}
		if t.Failed() {
			t.Fatalf("round %d with %q", n, line)
		}
	}
}

// takeFiles moves the index files to a directory of their own.
func takeFiles(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range append([]string{"modules.weakdep"}, madeFiles...) {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(to, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return to
}

// line makes a whole command line.
func (g depmodGenerator) line(t *testing.T, root, dir string) []string {
	t.Helper()
	options := append([]string{"-b", root}, g.args(t, root)...)
	if g.IntN(2) == 0 {
		text := g.pick("search kernel updates built-in\n", "exclude sub\n", "override m3 * updates\n", "bogus\nsearch updates x\n", "")
		options = append(options, "-C", g.file(t, root, "c.conf", text))
	}
	if !slices.Contains(options, "-n") && g.IntN(4) == 0 {
		options = append(options, "-A")
	}
	release, files := []string{modtest.Release}, g.files(t, root, dir)
	switch g.IntN(3) {
	case 0:
		return slices.Concat(options, release, files)
	case 1:
		return slices.Concat(release, files, options)
	}
	return slices.Concat(release, options, files)
}

// files picks some modules, mostly existing ones.
func (g depmodGenerator) files(t *testing.T, root, dir string) []string {
	t.Helper()
	if g.IntN(3) == 0 {
		return nil
	}
	var files []string
	for _, pattern := range []string{"/*.ko", "/*/*.ko"} {
		found, err := filepath.Glob(dir + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	g.Shuffle(len(files), func(i, k int) { files[i], files[k] = files[k], files[i] })
	files = files[:g.IntN(len(files)+1)]
	if g.IntN(3) == 0 {
		outside := modtest.Named("outside", []string{"o1"}, []string{"s0_0"})
		files = append(files, g.file(t, root, "out-side.ko", string(outside.Build())))
	}
	if g.IntN(12) == 0 {
		files = append(files, g.pick("relative.ko", dir+"/none.ko"))
	}
	g.Shuffle(len(files), func(i, k int) { files[i], files[k] = files[k], files[i] })
	return files
}

// TestDepmodQuickFiles: -A is about all modules, so that the index never shrinks
// to the files given with it; and it reads nothing if nothing is newer.
func TestDepmodQuickFiles(t *testing.T) {
	root := depmodTree(t)
	dir := filepath.Join(root, "lib/modules", modtest.Release)
	newWorld().run("depmod", "-A", "-b", root, modtest.Release, dir+"/kernel/p.ko")
	if dep := string(readFile(t, filepath.Join(dir, "modules.dep"))); dep != "kernel/p.ko:\nkernel/u.ko: kernel/p.ko\n" {
		t.Errorf("modules.dep is %q", dep)
	}
	newWorld().run("depmod", "-A", "-b", root, "-F", "/none", modtest.Release, "relative.ko").check(t, answer{})
}
