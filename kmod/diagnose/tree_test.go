package diagnose_test

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// treeDiagnoser diagnoses modules of one real kernel for another whose
// Module.symvers is known.
func treeDiagnoser(t *testing.T, tree, target *vm.Kernel) (*kmod.DB, *diagnose.Diagnoser) {
	t.Helper()
	symvers, err := os.Open(vm.Symvers(t, target))
	if err != nil {
		t.Fatal(err)
	}
	defer symvers.Close()
	db := dbtest.Open(t, &kmod.Config{Root: tree.Dir, Release: tree.Release, NoConfig: true})
	d, err := diagnose.New(db, &diagnose.Options{Symvers: symvers})
	if err != nil {
		t.Fatal(err)
	}
	return db, d
}

// diagnoseTree diagnoses all modules of a tree on all processors.
func diagnoseTree(t *testing.T, db *kmod.DB, d *diagnose.Diagnoser, take func(kmod.Module, *diagnose.Diagnosis)) int {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	todo := make(chan kmod.Module)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for m := range todo {
				found, err := d.Diagnose(kmod.Request{Name: m.Name})
				mu.Lock()
				if err != nil {
					t.Error(err)
				} else {
					take(m, found)
				}
				mu.Unlock()
			}
		})
	}
	count := 0
	for m, err := range db.Modules() {
		if err != nil {
			t.Error(err)
			break
		}
		count++
		todo <- m
	}
	close(todo)
	wg.Wait()
	return count
}

// cachedKernel returns a kernel of a series that was fetched before.
func cachedKernel(t *testing.T, series string) *vm.Kernel {
	t.Helper()
	if testing.Short() {
		t.Skip("real kernels are not diagnosed in short mode")
	}
	for _, k := range vm.Cached() {
		if strings.HasPrefix(k.Release, series+".") {
			return k
		}
	}
	t.Skipf("no kernel of the series %s is in the cache of package vm", series)
	return nil
}

// TestDiagnoseRealTree: there is nothing wrong with any module of a real kernel
// for that kernel, and nothing is left unchecked except the signatures.
func TestDiagnoseRealTree(t *testing.T) {
	for _, series := range []string{"6.1", "6.12"} {
		t.Run(series, func(t *testing.T) {
			k := cachedKernel(t, series)
			db, d := treeDiagnoser(t, k, k)
			count := diagnoseTree(t, db, d, func(m kmod.Module, found *diagnose.Diagnosis) {
				unchecked := slices.DeleteFunc(found.Unchecked, func(u diagnose.Unchecked) bool {
					return u.Kind == diagnose.FindingSignature
				})
				if len(found.Findings)+len(unchecked) > 0 {
					t.Errorf("%s: %v %v", m.Name, found, found.Unchecked)
				}
			})
			if count < 4000 {
				t.Errorf("only %d modules", count)
			}
		})
	}
}

// TestDiagnoseForeignTree: no module of one series fits a kernel of another, and
// always at least because the data structures differ.
func TestDiagnoseForeignTree(t *testing.T) {
	db, d := treeDiagnoser(t, cachedKernel(t, "6.1"), cachedKernel(t, "6.12"))
	kinds := map[diagnose.FindingKind]int{}
	diagnoseTree(t, db, d, func(m kmod.Module, found *diagnose.Diagnosis) {
		layout := false
		for _, f := range found.Findings {
			if f.Module == m.Name {
				kinds[f.Kind]++
				layout = layout || f.Symbol == "module_layout"
			}
		}
		if found.Loads() || !layout {
			t.Errorf("%s: loads %v, layout %v", m.Name, found.Loads(), layout)
		}
	})
	t.Log(kinds)
	for _, kind := range []diagnose.FindingKind{diagnose.FindingSymbol, diagnose.FindingVersion, diagnose.FindingDuplicate, diagnose.FindingNamespace, diagnose.FindingDependency} {
		if kinds[kind] == 0 {
			t.Errorf("nothing was found of the kind %v", kind)
		}
	}
}
