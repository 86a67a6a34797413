package kmodtest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/modinfo"
)

// smallTree has each feature once.
func smallTree() *kmodtest.Tree {
	return &kmodtest.Tree{
		Modules: []kmodtest.Module{
			{Name: "top-one", Depends: []string{"left", "right", "core"}, Aliases: []string{"pci:v00008086*"}, Softdeps: []string{"pre: helper"},
				Params: []modinfo.Param{{Name: "debug", Type: "int", Desc: "level"}}, Fields: []string{"version=2.0", "license=Proprietary"}},
			{Name: "left", Depends: []string{"base"}},
			{Name: "right", Depends: []string{"left", "base"}, Path: "updates/right.ko"},
			{Name: "base", Exports: []string{"base_extra"}},
			{Name: "user", Needs: []string{"base_extra", "printk"}},
			{Name: "helper"},
			{Name: "core", Builtin: true, Aliases: []string{"x:*"}},
		},
		Modprobe: "options top_one debug=3\n",
	}
}

func TestTree(t *testing.T) {
	tree := smallTree()
	dir := t.TempDir()
	if err := tree.Write(dir); err != nil {
		t.Fatal(err)
	}
	onDisk, err := kmod.Open(&kmod.Config{Root: dir, Release: "6.1.0-test"})
	if err != nil {
		t.Fatal(err)
	}
	inMemory, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	for what, db := range map[string]*kmod.DB{"on disk": onDisk, "in memory": inMemory} {
		defer db.Close()
		k := tree.Kernel()
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k})
		if _, err := loader.Load(context.Background(), "pci:v00008086d1", "user", "x:1"); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		got := k.Modules()
		for _, pair := range [][2]string{{"base", "left"}, {"left", "right"}, {"right", "top_one"}, {"helper", "top_one"}, {"base", "user"}} {
			before, after := slices.Index(got, pair[0]), slices.Index(got, pair[1])
			if before < 0 || after < before {
				t.Errorf("%s: the kernel has %v, without %s before %s", what, got, pair[0], pair[1])
			}
		}
		m, err := loader.Live("top-one")
		if err != nil {
			t.Fatal(err)
		}
		p, err := m.Parameter("debug")
		version, _ := m.Version()
		taint, _ := m.Taint()
		if err != nil || p.Value != "3" || version != "2.0" || taint != "PE" {
			t.Errorf("%s: debug is %q, version %q, taint %q, %v", what, p.Value, version, taint, err)
		}
		base, err := loader.Live("base")
		if err != nil {
			t.Fatal(err)
		}
		if holders, err := base.Holders(); err != nil || !slices.Equal(holders, []string{"left", "right", "user"}) {
			t.Errorf("%s: base is held by %v, %v", what, holders, err)
		}
		if status, err := loader.Status("core"); status != kmod.StatusBuiltin || err != nil {
			t.Errorf("%s: core is %v, %v", what, status, err)
		}
	}
}

// TestTreeOwnName: indexes have the name of a module's file, the kernel the one
// in the file.
func TestTreeOwnName(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "disc", Path: "updates/disc-current.ko", Aliases: []string{"x:*"}},
		{Name: "drive", Depends: []string{"disc"}},
	}}
	dir := t.TempDir()
	if err := tree.Write(dir); err != nil {
		t.Fatal(err)
	}
	db, err := kmod.Open(&kmod.Config{Root: dir, Release: "6.1.0-test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if found, err := db.Lookup("x:1"); err != nil || len(found) != 1 || found[0].Name != "disc_current" {
		t.Errorf("the alias stands for %v, %v", found, err)
	}
	k := tree.Kernel()
	loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k})
	path := dir + "/lib/modules/6.1.0-test/updates/disc-current.ko"
	if err := loader.Insert(t.Context(), path, "", 0); err != nil || !slices.Equal(k.Modules(), []string{"disc"}) {
		t.Errorf("the kernel has %v, %v", k.Modules(), err)
	}
	if err := loader.Insert(t.Context(), path, "", 0); !errors.Is(err, syscall.EEXIST) {
		t.Errorf("the second time: %v", err)
	}
	if err := k.DeleteModule("disc_current", 0); err != syscall.ENOENT {
		t.Errorf("removing it by its file's name: %v", err)
	}
}

func TestTreeErrors(t *testing.T) {
	for want, modules := range map[string][]kmodtest.Module{
		"has the name":              {{Name: ""}},
		"the name \"a.b\"":          {{Name: "a.b"}},
		"two modules have the name": {{Name: "a-b"}, {Name: "a_b"}},
		"not in the tree":           {{Name: "a", Depends: []string{"b"}}},
		"depends on itself":         {{Name: "a", Depends: []string{"a"}}},
		"through others":            {{Name: "a", Depends: []string{"b"}}, {Name: "b", Depends: []string{"a"}}},
		"leaves the module":         {{Name: "a", Path: "../a.ko"}},
		"has the path":              {{Name: "a", Path: "x.ko"}, {Name: "b", Path: "x.ko"}},
		"another module's file":     {{Name: "a", Path: "x/c.ko"}, {Name: "b", Path: "y/c.ko"}},
		"bracket":                   {{Name: "a", Aliases: []string{"x[1"}}},
	} {
		files, err := (&kmodtest.Tree{Modules: modules}).FS()
		if err == nil || files != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, err := (&kmodtest.Tree{Release: ".."}).FS(); err == nil {
		t.Error("a release that leaves the tree was accepted")
	}
}

// BenchmarkLoad1000 loads a chain of a thousand modules, each using the
// previous one and a common one, into a kernel in memory.
func BenchmarkLoad1000(b *testing.B) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "common"}}}
	var names []string
	for i := range 999 {
		m := kmodtest.Module{Name: fmt.Sprintf("m%d", i), Depends: []string{"common"}}
		if i%10 != 0 {
			m.Depends = append(m.Depends, names[i-1])
		}
		names = append(names, m.Name)
		tree.Modules = append(tree.Modules, m)
	}
	db, err := tree.Open()
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for b.Loop() {
		k := tree.Kernel()
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k})
		if _, err := loader.Load(context.Background(), names...); err != nil {
			b.Fatal(err)
		}
		if len(k.Modules()) != 1000 {
			b.Fatalf("the kernel has %d modules", len(k.Modules()))
		}
	}
}
