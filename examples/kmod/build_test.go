package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// build builds the tools for this machine.
func build(tb testing.TB) string {
	tb.Helper()
	return buildProgram(tb, runtime.GOARCH, ".", "kmod")
}

// buildProgram builds one of the examples, without cgo, for Linux on an architecture.
func buildProgram(tb testing.TB, arch, pkg, name string) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), name)
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", file, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("build %s for %s: %v\n%s", pkg, arch, err, out)
	}
	return file
}
