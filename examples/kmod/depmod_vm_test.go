//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// TestDepmodVM boots kernels with index files written by our depmod.
func TestDepmodVM(t *testing.T) {
	reference, err := filepath.EvalSymlinks(kmodref.Tool(t, "modprobe"))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range vm.Kernels(t, kernels.Usual()...) {
		t.Run(k.Release, func(t *testing.T) {
			vm.RunGuestTests(t, indexedByUs(t, k), &vm.Config{
				Args:    []string{"-test.run=^TestIndexesInGuest$"},
				Modules: []string{"xfs", "crc32c_generic", "e1000"},
				Files:   []vm.File{{Guest: theirsInGuest, Host: reference, Mode: 0o755}},
			})
		})
	}
}

// indexedByUs returns the same kernel in a root of its own, with our index
// files.
func indexedByUs(t *testing.T, k *vm.Kernel) *vm.Kernel {
	t.Helper()
	ours := &vm.Kernel{Release: k.Release, Arch: k.Arch, Dir: t.TempDir(), Image: k.Image}
	newWorld().run("depmod", "-b", k.Dir, "-o", ours.Dir, k.Release).check(t, answer{})
	for _, name := range []string{"kernel", "modules.order", "modules.builtin", "modules.builtin.modinfo"} {
		if err := os.Symlink(filepath.Join(k.ModuleDir(), name), filepath.Join(ours.ModuleDir(), name)); err != nil {
			t.Fatal(err)
		}
	}
	return ours
}

// TestIndexesInGuest: kmod's modprobe finds what it needs in them, and the
// kernel accepts it.
func TestIndexesInGuest(t *testing.T) {
	vm.RequireGuest(t)
	for _, question := range []struct{ alias, want string }{
		{"pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00", "e1000\n= 0\n"},
		{"fs-xfs", "xfs\n= 0\n"},
		{"symbol:__crc32c_le_shift", "modprobe: FATAL: Module symbol:__crc32c_le_shift not found in directory /lib/modules/"},
	} {
		if got := runIn(theirsInGuest, []string{"modprobe", "-R", question.alias}); !strings.HasPrefix(got, question.want) {
			t.Errorf("%s stands for %s", question.alias, got)
		}
	}
	if got := runIn(theirsInGuest, []string{"modprobe", "fs-xfs"}); got != "= 0\n" {
		t.Fatal(got)
	}
	loaded := runIn(theirsInGuest, []string{"lsmod"})
	if !strings.Contains(loaded, "\nxfs ") || !strings.Contains(loaded, "\nlibcrc32c ") {
		t.Errorf("loaded are\n%s", loaded)
	}
	if got := runIn(theirsInGuest, []string{"modprobe", "-r", "xfs"}); got != "= 0\n" {
		t.Error(got)
	}
}
