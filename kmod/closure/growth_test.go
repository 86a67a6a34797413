package closure_test

import (
	"fmt"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestGrowth: the closure of everything takes as much more memory as there are more
// modules.
func TestGrowth(t *testing.T) {
	const modules, growth, tolerance = 128, 4, 1.1
	var used [2]uint64
	for i, n := range []int{modules, growth * modules} {
		tree := &kmodtest.Tree{}
		var names []string
		for i := range n {
			m := kmodtest.Module{Name: fmt.Sprintf("m%05d", i)}
			names = append(names, m.Name)
			if first := i - i%16; i > first {
				m.Depends, m.Softdeps = []string{names[first], names[i-1]}, []string{"pre: " + names[0]}
			}
			tree.Modules = append(tree.Modules, m)
		}
		root := t.TempDir()
		if err := tree.Write(root); err != nil {
			t.Fatal(err)
		}
		db := dbtest.Open(t, &kmod.Config{Root: root, Release: modtest.Release})
		used[i] = modtest.Allocated(func() {
			if c, err := closure.Collect(t.Context(), db, nil, names...); err != nil || len(c.Modules) != n {
				t.Fatal(c, err)
			}
		})
	}
	if times := float64(used[1]) / float64(used[0]); times > growth*tolerance {
		t.Errorf("%d and %d bytes, %.2f times as many", used[0], used[1], times)
	}
}
