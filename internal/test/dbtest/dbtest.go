// Package dbtest opens module trees for the tests of package kmod and of those that
// build on it.
package dbtest

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// Open opens a DB that is closed when the test ends.
func Open(t testing.TB, cfg *kmod.Config) *kmod.DB {
	t.Helper()
	db, err := kmod.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Golden opens the golden tree.
func Golden(t testing.TB) *kmod.DB {
	return Open(t, &kmod.Config{Root: modtest.GoldenRoot(t), Release: modtest.GoldenRelease})
}

// Wide has every kind of dependency around the module top.
func Wide() *kmodtest.Tree {
	return &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "top", Path: "kernel/fs/top.ko", Depends: []string{"mid"}, Aliases: []string{"fs-top"},
			Softdeps: []string{"pre: before nosuch post: after"}, Weakdeps: []string{"helper crypto-x nosuch2"}},
		{Name: "mid", Path: "kernel/lib/mid.ko", Depends: []string{"base"}},
		{Name: "base", Path: "kernel/lib/base.ko"},
		{Name: "before", Softdeps: []string{"pre: inside"}},
		{Name: "after"},
		{Name: "helper", Depends: []string{"helper-base"}, Weakdeps: []string{"top"}},
		{Name: "helper-base"},
		{Name: "x-fast", Aliases: []string{"crypto-x"}},
		{Name: "x-slow", Aliases: []string{"crypto-x"}},
		{Name: "disk", Path: "kernel/drivers/block/disk.ko", Aliases: []string{"pci:v00001AF4*bc01sc00i00"}},
		{Name: "net", Path: "kernel/drivers/net/deep/er/net.ko", Aliases: []string{"pci:v00001AF4*bc02sc00i00", "net-x"}},
		{Name: "other", Aliases: []string{"fs-other"}},
		{Name: "inside", Path: "kernel/fs/inside.ko", Builtin: true, Aliases: []string{"fs-inside"}},
	}}
}

// Tree opens a tree with configuration, and with further files.
func Tree(t testing.TB, tree *kmodtest.Tree, config string, more fstest.MapFS) *kmod.DB {
	t.Helper()
	tree.Modprobe = config
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(files, more)
	return Open(t, &kmod.Config{FS: files, Release: "6.1.0-test"})
}

// Configured opens a tree with configuration.
func Configured(t testing.TB, files fstest.MapFS, text string) *kmod.DB {
	t.Helper()
	return Open(t, &kmod.Config{FS: files, Release: modtest.Release, ConfigFiles: []kmod.ConfigFile{{Name: "a.conf", Text: text}}})
}

// Numbered repeats a text for the numbers below n, which replace each "#".
func Numbered(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// CostlyPatterns are patterns in which each byte costs a look at every place of a name
// made of the letters a and b: no patterns cost more.
func CostlyPatterns() []string {
	sets := strings.NewReplacer("0", "[ab]", "1", "[ba]")
	patterns := make([]string, 1024)
	for i := range patterns {
		patterns[i] = "x:*" + sets.Replace(fmt.Sprintf("%010b", i)) + "Z"
	}
	return patterns
}

// CostlyName is a name for which CostlyPatterns take too much work.
var CostlyName = "x:" + strings.Repeat("ab", 2000)
