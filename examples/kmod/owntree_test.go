package main

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// kernelTreeVariable names the environment variable with the root of an unpacked
// kernel of any distribution, which the tests then compare too: it has
// lib/modules or usr/lib/modules, and perhaps boot and usr/src.
const kernelTreeVariable = "GOKMOD_KERNEL_TREE"

// ownTrees returns the kernels below the root in the environment.
func ownTrees(t testing.TB) []kernelTree {
	t.Helper()
	root := os.Getenv(kernelTreeVariable)
	if root == "" {
		return nil
	}
	trees := treesBelow(t, root, t.TempDir())
	if len(trees) == 0 {
		t.Fatalf("%s=%s holds no lib/modules/*/modules.order", kernelTreeVariable, root)
	}
	return trees
}

// treesBelow makes trees with indexes of the kernels below a root, which is not
// changed: a distribution's package has no indexes, and its files may be in
// usr/lib.
func treesBelow(t testing.TB, root, scratch string) []kernelTree {
	t.Helper()
	var trees []kernelTree
	seen := map[string]bool{}
	for _, pattern := range []string{"lib/modules/*/modules.order", "usr/lib/modules/*/modules.order"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, order := range found {
			dir := filepath.Dir(order)
			tree := kernelTree{root: filepath.Join(scratch, filepath.Base(dir)), release: filepath.Base(dir), origin: root}
			if seen[tree.release] {
				continue // lib leads to usr/lib
			}
			seen[tree.release] = true
			if err := modtest.LinkTree(dir, tree.dir()); err != nil {
				t.Fatal(err)
			}
			askReference(t, kmodref.Tool(t, "depmod"), "-b", tree.root, tree.release)
			trees = append(trees, tree)
		}
	}
	return trees
}

// TestTreesBelow: a distribution's package with everything in usr/lib, without
// indexes, is a kernel to compare, and nothing is written there.
func TestTreesBelow(t *testing.T) {
	dir := "usr/lib/modules/6.9-arch/"
	low, high := modtest.Named("low", []string{"l"}, nil), modtest.Named("high", nil, []string{"l"})
	root := modtest.Write(t, fstest.MapFS{
		dir + "vmlinuz":                           {Data: []byte("image")},
		dir + "build/Module.symvers":              {Data: []byte("list")},
		dir + "kernel/low.ko":                     {Data: low.Build()},
		dir + "kernel/high.ko":                    {Data: high.Build()},
		dir + "modules.order":                     {Data: []byte("kernel/low.ko\nkernel/high.ko\n")},
		dir + "modules.builtin":                   {},
		dir + "modules.builtin.modinfo":           {},
		"usr/lib/modules/extramodules-6.9/README": {},
	})
	if err := os.Symlink("usr/lib", filepath.Join(root, "lib")); err != nil {
		t.Fatal(err)
	}
	trees := treesBelow(t, root, t.TempDir())
	if len(trees) != 1 {
		t.Fatalf("found %v", trees)
	}
	tree := trees[0]
	if got, want := tree.read(t, "modules.dep"), "kernel/low.ko:\nkernel/high.ko: kernel/low.ko\n"; got != want {
		t.Errorf("modules.dep is %q", got)
	}
	image, err := tree.image()
	symvers, symversErr := tree.symvers(t)
	if err != nil || symversErr != nil || filepath.Base(image) != "vmlinuz" || filepath.Base(symvers) != "Module.symvers" {
		t.Errorf("image %s, %v; symvers %s, %v", image, err, symvers, symversErr)
	}
	if left, _ := filepath.Glob(filepath.Join(root, dir, "modules.dep*")); left != nil {
		t.Errorf("%q were written", left)
	}
}
