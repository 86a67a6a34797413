package kmod_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// listCounter counts how often the list of symbols is opened.
type listCounter struct {
	*kmodtest.Kernel
	list   string
	opened int
}

func (c *listCounter) Proc() fs.FS { return countingFS{withKallsyms{c.Kernel, c.list}.Proc(), c} }

type countingFS struct {
	fs.FS
	counter *listCounter
}

func (f countingFS) Open(name string) (fs.File, error) {
	if name == "kallsyms" {
		f.counter.opened++
	}
	return f.FS.Open(name)
}

// TestExportedByModule: the index tells that a live module exports a needed symbol, and
// what the kernel image exports is asked for once.
func TestExportedByModule(t *testing.T) {
	files := modtest.Tree(nil,
		modtest.TreeModule{Path: "base.ko", File: module("base", []string{"base_fn"}, nil, "")},
		modtest.TreeModule{Path: "user.ko", File: module("user", nil, []string{"base_fn", "printk"}, "base"), Deps: []string{"base.ko"}})
	symbols, err := index.Encode([]index.Entry{{Key: "symbol:base_fn", Value: "base"}})
	if err != nil {
		t.Fatal(err)
	}
	files["lib/modules/"+modtest.Release+"/modules.symbols.bin"] = &fstest.MapFile{Data: symbols}
	k := &listCounter{Kernel: kmodtest.New(modtest.Release), list: "0 r __ksymtab_printk\n0 t other\t[x]\n"}
	k.Fail("user", syscall.ENOENT)
	loader := kmod.NewLoader(dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release}), &kmod.LoaderConfig{Kernel: k})
	for range 3 {
		if _, err := loader.Load(context.Background(), "user"); !errors.Is(err, kmod.ErrInit) || k.opened != 1 {
			t.Errorf("%v; the symbols were listed %d times", err, k.opened)
		}
	}
	k.list = "" // what was read stays
	if err := loader.Remove(t.Context(), "base", 0); err != nil {
		t.Fatal(err)
	}
	k.Fail("base", syscall.ENOENT)
	if _, err := loader.Load(context.Background(), "base"); !errors.Is(err, kmod.ErrInit) || k.opened != 1 {
		t.Errorf("%v; the symbols were listed %d times", err, k.opened)
	}
}

// TestLateKallsyms: an empty list of symbols is not remembered either.
func TestLateKallsyms(t *testing.T) {
	m := modtest.Named("m", nil, []string{"nowhere"})
	loader, k := dbtest.Loader(t, modtest.Tree(nil, modtest.TreeModule{Path: "kernel/m.ko", File: m.Build()}), false)
	k.OnInit = func(string, string) error { return syscall.ENOENT }
	listing := &dbtest.ListingKernel{Kernel: k, Kallsyms: ""}
	loader = kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: listing})
	if _, err := loader.Load(t.Context(), "m"); err == nil || strings.Contains(err.Error(), "missing: nowhere") {
		t.Errorf("with an empty list: %v", err)
	}
	listing.Kallsyms = dbtest.ListAll
	if _, err := loader.Load(t.Context(), "m"); err == nil || !strings.Contains(err.Error(), "missing: nowhere") {
		t.Errorf("with a list: %v", err)
	}
}
