package diagnose_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestPeersReadOnce: the failures of a Loader share what was read from the kernel's
// own modules.
func TestPeersReadOnce(t *testing.T) {
	tree := &kmodtest.Tree{}
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprintf("m%d", i))
		tree.Modules = append(tree.Modules, kmodtest.Module{Name: names[i]})
	}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	o := &dbtest.Opens{FS: files, Count: map[string]int{}}
	db := dbtest.Open(t, &kmod.Config{FS: o, Release: modtest.Release})
	k := tree.Kernel()
	k.Vermagic = "nothing fits"
	plan, err := db.Plan(names...)
	if err != nil {
		t.Fatal(err)
	}
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, Explain: diagnose.Explainer()})
	_, err = loader.Run(t.Context(), plan, &kmod.RunOptions{KeepGoing: true})
	read := 0
	for _, name := range names {
		read += o.Of(name + ".ko")
	}
	if !errors.Is(err, kmod.ErrIncompatible) || read != 42 {
		t.Errorf("%d files were read, not 40 and two to compare with: %v", read, err)
	}
}

// lateKernel is a kernel whose /proc and /sys are mounted when the test says so.
type lateKernel struct {
	*kmodtest.Kernel
	proc, sys fs.FS // nil when mounted
}

func (k *lateKernel) Proc() fs.FS {
	if k.proc != nil {
		return k.proc
	}
	return k.Kernel.Proc()
}

func (k *lateKernel) Sys() fs.FS {
	if k.sys != nil {
		return k.sys
	}
	return k.Kernel.Sys()
}

// TestLateProc: what could not be found out before /proc was mounted is found out
// afterwards.
func TestLateProc(t *testing.T) {
	bad := modtest.Named("bad", nil, nil)
	bad.Machine = modtest.I386
	loader, k := dbtest.Loader(t, modtest.Tree(nil, modtest.TreeModule{Path: "kernel/bad.ko", File: bad.Build()},
		modtest.TreeModule{Path: "kernel/good.ko", File: modtest.Named("good", nil, nil).Build()}), false)
	k.Vermagic = "nothing fits"
	late := &lateKernel{Kernel: k, proc: fstest.MapFS{}}
	loader = kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: late, Explain: diagnose.Explainer()})
	const detail = "built for i386"
	if _, err := loader.Load(t.Context(), "bad"); err == nil || strings.Contains(err.Error(), detail) {
		t.Errorf("without /proc: %v", err)
	}
	late.proc = nil
	if _, err := loader.Load(t.Context(), "bad"); err == nil || !strings.Contains(err.Error(), detail) {
		t.Errorf("with /proc: %v", err)
	}
}
