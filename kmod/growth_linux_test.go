package kmod_test

import (
	"fmt"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// growingTree has groups of modules that need the first of the group, which all need one
// module, and like to have another. Each has an alias.
func growingTree(modules int) *kmodtest.Tree {
	tree := &kmodtest.Tree{}
	for i := range modules {
		m := kmodtest.Module{Name: growingName(i), Aliases: []string{growingAlias(i) + "*"}}
		switch first := i - i%16; {
		case i > first:
			m.Depends = []string{growingName(first), growingName(i - (i-first+1)/2)}
		case i > 0:
			m.Depends, m.Softdeps = []string{growingName(0)}, []string{"pre: " + growingName(1)}
		}
		tree.Modules = append(tree.Modules, m)
	}
	return tree
}

func growingName(i int) string  { return fmt.Sprintf("m%05d", i) }
func growingAlias(i int) string { return fmt.Sprintf("pci:v%08Xd", uint32(i)*2654435761) }

// growth is the number of times by which the larger tree is larger. It is a power of two,
// as maps have such sizes.
const growth = 4

// TestGrowth: with more modules, a question takes as much memory as before, and a plan of
// everything as much more as there are more modules.
func TestGrowth(t *testing.T) {
	const modules, tolerance = 256, 1.1
	smallDB, few := openGrowing(t, modules)
	largeDB, many := openGrowing(t, growth*modules)
	devices := make([]string, modules)
	for i := range devices {
		devices[i] = growingAlias(i/2) + growingName(i) // both trees have modules for these
	}
	for _, test := range []struct {
		name  string
		do    func(db *kmod.DB, names []string) error
		times float64
	}{
		{"look-up of a name", func(db *kmod.DB, names []string) error {
			_, err := db.Lookup(names[len(names)-1])
			return err
		}, 1},
		{"look-up of an alias", func(db *kmod.DB, names []string) error {
			_, err := db.Lookup(growingAlias(len(names)-1) + "00000001")
			return err
		}, 1},
		{"dependencies", func(db *kmod.DB, names []string) error {
			_, err := db.Dependencies(names[len(names)-1])
			return err
		}, 1},
		{"plan for devices", func(db *kmod.DB, names []string) error {
			_, _, err := db.PlanAliases(nil, devices...)
			return err
		}, 1},
		{"plan of everything", func(db *kmod.DB, names []string) error {
			_, err := db.Plan(names...)
			return err
		}, growth},
	} {
		use := func(db *kmod.DB, names []string) float64 {
			return float64(modtest.Allocated(func() {
				if err := test.do(db, names); err != nil {
					t.Fatal(err)
				}
			}))
		}
		small, large := use(smallDB, few), use(largeDB, many)
		if large > tolerance*test.times*small {
			t.Errorf("%s: %v and %v bytes, %.2f times as many", test.name, small, large, large/small)
		}
	}
}

// TestGrowthOpen: to open and close a DB takes as much memory with more modules.
func TestGrowthOpen(t *testing.T) {
	var used [2]uint64
	for i, n := range []int{16, 16 * growth} {
		root := t.TempDir()
		if err := growingTree(n).Write(root); err != nil {
			t.Fatal(err)
		}
		used[i] = modtest.Allocated(func() {
			db, err := kmod.Open(&kmod.Config{Root: root, Release: modtest.Release})
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
	if used[1] > used[0]+used[0]/10 {
		t.Errorf("%d and %d bytes", used[0], used[1])
	}
}

// openGrowing opens a tree on disk, whose indexes are mapped.
func openGrowing(t *testing.T, modules int) (db *kmod.DB, names []string) {
	t.Helper()
	root := t.TempDir()
	if err := growingTree(modules).Write(root); err != nil {
		t.Fatal(err)
	}
	for i := range modules {
		names = append(names, growingName(i))
	}
	return dbtest.Open(t, &kmod.Config{Root: root, Release: modtest.Release}), names
}
