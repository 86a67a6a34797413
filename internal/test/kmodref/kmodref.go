// Package kmodref finds the tools of kmod for tests that compare with them.
package kmodref

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// require is the environment variable that makes a test fail instead of
// skipping when it has nothing to compare with.
const require = "GOKMOD_REQUIRE_REFERENCE"

// Absent ends a test that has nothing to compare with.
func Absent(t testing.TB, reason string) {
	t.Helper()
	if Required() {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// Required reports whether tests must have the tools to compare with.
func Required() bool { return os.Getenv(require) == "1" }

// Tool returns the path of one of kmod's tools, such as "modprobe". A program
// of that name that is not kmod's does not count.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := Installed(name)
	if err != nil {
		Absent(t, err.Error())
	}
	return path
}

// Installed is Tool for programs that are not tests.
func Installed(name string) (string, error) {
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/bin"} {
		path := filepath.Join(dir, name)
		if out, err := exec.Command(path, "--version").Output(); err == nil && bytes.HasPrefix(out, []byte("kmod version")) {
			return path, nil
		}
	}
	return "", fmt.Errorf("kmod's %s is not installed", name)
}
