package main

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestModuleTreeFails: without descriptors the tools fail, instead of reporting
// on those modules that they could list.
func TestModuleTreeFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "modules")
	writeModule(t, dir, "a.ko", modtest.Named("a", nil, nil).Build())
	got := withoutDescriptors(t, func() answer { return newWorld().run("kmod", "check", "--symvers", "x", dir) })
	got.check(t, answer{"", "check: FATAL: could not read " + dir + ": Too many open files\n", 1})
}

// TestModinfoFails: without descriptors the contents of an index are unknown.
func TestModinfoFails(t *testing.T) {
	w := newWorld()
	w.root = modtest.GoldenRoot(t)
	for _, args := range [][]string{{"gm_mid"}, {"-m", "gm_mid"}} {
		args = append([]string{"modinfo", "-k", modtest.GoldenRelease}, args...)
		got := withoutDescriptors(t, func() answer { return w.run(args...) })
		got.check(t, answer{"", "modinfo: ERROR: could not look up 'gm_mid': Too many open files\n", 1})
	}
}

// withoutDescriptors runs a tool that can open no file.
func withoutDescriptors(t *testing.T, run func() answer) answer {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	got := run()
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	return got
}
