package kmod_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestSleepingInit loads modules whose init functions sleep, as those of real drivers do:
// with more of them at a time nothing gets slower, and modules that do not need each other
// take as little time as they can. The clock goes on only while everything sleeps.
func TestSleepingInit(t *testing.T) {
	const modules, nap = 64, 10 * time.Millisecond
	for _, test := range []struct {
		name  string
		needs int // each module needs the one so many before it
		nap   func(i int) time.Duration
		want  func(parallel int) time.Duration // nil: at most that of fewer at a time
	}{
		{"alone", modules, func(int) time.Duration { return nap }, func(parallel int) time.Duration {
			return modules / time.Duration(parallel) * nap
		}},
		{"in four chains", 4, func(int) time.Duration { return nap }, func(parallel int) time.Duration {
			return modules / time.Duration(min(parallel, 4)) * nap
		}},
		{"of all lengths", modules, func(i int) time.Duration { return time.Duration(i*37%modules) * nap }, nil},
	} {
		tree := &kmodtest.Tree{}
		naps := map[string]time.Duration{}
		var names []string
		for i := range modules {
			m := kmodtest.Module{Name: fmt.Sprint("m", i)}
			if i >= test.needs {
				m.Depends = []string{names[i-test.needs]}
			}
			names, naps[m.Name] = append(names, m.Name), test.nap(i)
			tree.Modules = append(tree.Modules, m)
		}
		db := openTree(t, tree)
		before := time.Duration(1 << 62)
		for _, parallel := range []int{1, 2, 4, 8, 16} {
			synctest.Test(t, func(t *testing.T) {
				kernel := tree.Kernel()
				kernel.Delay = func(name string) time.Duration { return naps[name] }
				loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel, Parallel: parallel})
				start := time.Now()
				if _, err := loader.Load(t.Context(), names...); err != nil {
					t.Fatal(err)
				}
				took := time.Since(start)
				if took > before || test.want != nil && took != test.want(parallel) {
					t.Errorf("%s, %d at a time: %v, with fewer %v", test.name, parallel, took, before)
				}
				before = took
			})
		}
	}
}
