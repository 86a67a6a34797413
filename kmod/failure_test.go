package kmod_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/diagnose"
)

// failingTree is a tree with every kind of file, one of which cannot be opened.
func failingTree(t *testing.T, name string, err error) *kmod.DB {
	t.Helper()
	m := modtest.Named("m", nil, []string{"soft_fn"})
	m.Modinfo = append(m.Modinfo, "firmware=fw.bin", "firmware=glob/*.bin")
	files := modtest.Tree(nil, modtest.TreeModule{Path: "m.ko", File: m.Build()},
		modtest.TreeModule{Path: "soft.ko", File: modtest.Named("soft", []string{"soft_fn"}, nil).Build()})
	for name, text := range map[string]string{"etc/modprobe.d/a.conf": "softdep m pre: soft\n", "proc/cmdline": "quiet\n",
		"lib/firmware/fw.bin": "1", "lib/firmware/glob/x.bin": "2"} {
		files[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return dbtest.Open(t, &kmod.Config{FS: modtest.Failing{FS: files, Name: name, Err: err}, Release: modtest.Release})
}

// TestMachineFails: if descriptors or memory run out, or the disk fails, nothing is left
// out, taken for missing or blamed on a module.
func TestMachineFails(t *testing.T) {
	lookup := func(db *kmod.DB) error {
		_, err := db.Lookup("m")
		return err
	}
	aliases := func(db *kmod.DB) error {
		_, _, err := db.PlanAliases(nil, "m")
		return err
	}
	write := func(db *kmod.DB) error { return db.WriteConfig(&strings.Builder{}) }
	closure := func(db *kmod.DB) error {
		_, err := closure.Collect(context.Background(), db, nil, "m")
		return err
	}
	plan := func(db *kmod.DB) error {
		_, err := db.Plan("m")
		return err
	}
	diagnosis := func(db *kmod.DB) error {
		_, err := diagnose.Module(db, nil, kmod.Request{Name: "m"})
		return err
	}
	const dir = "lib/modules/" + modtest.Release
	for _, test := range []struct {
		what, name string
		do         func(*kmod.DB) error
		disk       bool // a disk that fails is an error too
	}{
		{"a soft dependency of a closure", dir + "/soft.ko", closure, true},
		{"firmware", "lib/firmware/fw.bin", closure, true},
		{"a directory of firmware", "lib/firmware/glob", closure, true},
		{"configuration of a closure", "etc/modprobe.d/a.conf", closure, true},
		{"configuration", "etc/modprobe.d", plan, true},
		{"a line of configuration", "etc/modprobe.d/a.conf", plan, true},
		{"the kernel command line", "proc/cmdline", plan, true},
		{"configuration of a lookup", "etc/modprobe.d", lookup, true},
		{"configuration of aliases", "etc/modprobe.d", aliases, true},
		{"configuration that is shown", "etc/modprobe.d", write, true},
		{"a diagnosis", dir + "/m.ko", diagnosis, false},
	} {
		if err := test.do(failingTree(t, "", nil)); err != nil {
			t.Fatalf("%s: %v", test.what, err)
		}
		for err, machine := range map[error]bool{
			syscall.EMFILE: true, syscall.ENFILE: true, syscall.ENOMEM: true, syscall.EIO: test.disk, syscall.EACCES: false,
		} {
			if got := test.do(failingTree(t, test.name, err)); errors.Is(got, err) != machine {
				t.Errorf("%s, %v: the error is %v", test.what, err, got)
			}
		}
	}
}
