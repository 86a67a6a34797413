package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMounted: a directory of the kernel's is that of the program, or that below the root
// if only that is there.
func TestMounted(t *testing.T) {
	top := t.TempDir()
	own, root, empty := filepath.Join(top, "sys"), filepath.Join(top, "host"), filepath.Join(top, "empty")
	below := filepath.Join(root, own)
	for _, dir := range []string{filepath.Join(own, "devices"), filepath.Join(below, "devices"), filepath.Join(below, "more"), empty} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ root, file, want string }{
		{"", "devices", ""},
		{root, "devices", ""},
		{root, "more", below},
		{root, "none", ""},
		{"", "more", ""},
		{empty, "more", ""},
	} {
		if got := mounted(test.root, own, test.file); got != test.want {
			t.Errorf("with root %q, for %s: %q, want %q", test.root, test.file, got, test.want)
		}
	}
}

// TestHostKernel: on a machine with /proc and /sys these are used, whatever the root has.
func TestHostKernel(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"proc/sys/kernel/osrelease", "sys/devices"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	kernel := hostKernel(root)
	for dir, got := range map[string]string{"/proc/sys/kernel/osrelease": kernel.ProcDir, "/sys/devices": kernel.SysDir} {
		want := ""
		if !exists(dir) {
			want = root + strings.Join(strings.SplitAfterN(dir, "/", 3)[:2], "")
			want = strings.TrimSuffix(want, "/")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", dir, got, want)
		}
	}
}
