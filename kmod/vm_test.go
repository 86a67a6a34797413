package kmod_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// guestModules are the modules that the guest tests use, where the kernel has
// them.
var guestModules = []string{
	"padlock-sha", "xfs", "crc32c_generic", "loop", "dummy", "nbd", "nf_nat", "brd", "ifb", "can_raw",
	"nf_conntrack", "nf_conntrack_ftp", "snd_dummy",
}

// TestVM runs the tests called TestGuest… inside real kernels; with the race
// detector, which makes emulated machines five times slower, in one of them.
func TestVM(t *testing.T) {
	pkgs := kernels.OldToNew()
	if raceEnabled {
		pkgs = []string{kernels.Linux612}
	}
	for _, k := range vm.Kernels(t, pkgs...) {
		t.Run(k.Release, func(t *testing.T) {
			modules, err := k.Having(guestModules...)
			if err != nil {
				t.Fatal(err)
			}
			vm.RunGuestTests(t, k, &vm.Config{
				Modules: modules,
				Files:   otherDummy(t),
				Args:    []string{"-test.skip=^TestGuest(Scale|Foreign)"},
				Timeout: 12 * time.Minute, // for the race detector on a busy machine
			})
		})
	}
}

// otherDummy is the module dummy of another architecture's kernel.
func otherDummy(t *testing.T) []vm.File {
	t.Helper()
	k, err := vm.Lookup(kernels.LinuxARM64)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(k.ModuleDir(), "kernel/drivers/net/dummy.ko*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the files of the module are %q, %v", files, err)
	}
	return []vm.File{{Guest: "/other/" + filepath.Base(files[0]), Host: files[0]}}
}

// TestVMScale runs the tests with hundreds of modules inside a real kernel, with
// the race detector in one whose module files are not compressed.
func TestVMScale(t *testing.T) {
	pkg := kernels.Linux612
	if raceEnabled {
		pkg = kernels.Linux61
	}
	for _, k := range vm.Kernels(t, pkg) {
		t.Run(k.Release, func(t *testing.T) {
			vm.RunGuestTests(t, k, &vm.Config{
				ModuleDirs: kernels.SetDirs(),
				Args:       []string{"-test.run=^TestGuestScale"},
				Memory:     2048,
				Timeout:    10 * time.Minute,
			})
		})
	}
}
