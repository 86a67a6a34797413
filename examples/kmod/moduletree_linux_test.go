package main

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/modtest"
)

// TestModuleTreeFails: without descriptors the tools fail, instead of saying
// something of those modules that they could list.
func TestModuleTreeFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "modules")
	writeModule(t, dir, "a.ko", modtest.Named("a", nil, nil).Build())
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	got := newWorld().run("kmod", "check", "--symvers", "x", dir)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	got.check(t, answer{"", "check: FATAL: could not read " + dir + ": Too many open files\n", 1})
}
