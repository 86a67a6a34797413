package kmod_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/modinfo"
)

// foreignSample is how many modules of another kernel are tried.
const foreignSample = 50

// TestVMForeign tries modules of one kernel in another, and compares what
// Diagnose says with what the kernel answers.
func TestVMForeign(t *testing.T) {
	if raceEnabled {
		t.Skip("takes minutes; runs without the race detector")
	}
	kernels := vm.Kernels(t, kernels.Usual()...)
	for i, k := range kernels {
		if len(kernels) < 2 {
			t.Skip("there is only one kernel")
		}
		other := kernels[(i+1)%len(kernels)]
		t.Run(other.Release+" in "+k.Release, func(t *testing.T) {
			vm.RunGuestTests(t, k, &vm.Config{
				Modules: []string{"dummy", "loop", "nbd"}, // for Diagnose to compare with
				Files:   append(foreignFiles(t, other), vm.File{Guest: "/Module.symvers", Host: vm.Symvers(t, k)}),
				Args:    []string{"-test.run=^TestGuestForeign"},
				Timeout: 10 * time.Minute,
			})
		})
	}
}

// foreignFiles returns modules of a kernel from all over its tree.
func foreignFiles(t *testing.T, k *vm.Kernel) []vm.File {
	t.Helper()
	db := dbtest.Open(t, &kmod.Config{Root: k.Dir, Release: k.Release, NoConfig: true})
	var all []kmod.Module
	for m, err := range db.Modules() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	var files []vm.File
	for i := range foreignSample {
		m := all[i*len(all)/foreignSample]
		packed, err := os.ReadFile(m.Path)
		if err != nil {
			t.Fatal(err)
		}
		image, err := modinfo.Decompress(packed, nil)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, vm.File{Guest: filepath.Join("/foreign", m.Name+".ko"), Data: image})
	}
	return files
}
