package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod"
)

func TestRunMistakes(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.conf")
	if err := os.WriteFile(bad, []byte("allow everything\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		args   []string
		status int
		said   string
	}{
		{"help", []string{"-h"}, success, "-config"},
		{"unknown option", []string{"-x"}, usage, "-x"},
		{"no name for the kernel", []string{"-q", "--"}, usage, "-config"},
		{"bad policy", []string{"-config", bad}, failure, `bad.conf:1: "allow everything" is neither`},
		{"bad policy for the kernel", []string{"-config", bad, "-q", "--", "xfs"}, failure, ""},
		{"no modules", []string{"-root", t.TempDir(), "-once"}, failure, "ondemand: there is no module directory "},
		{"no modules for the kernel", []string{"-root", t.TempDir(), "--", "xfs"}, failure,
			"ondemand: module xfs not found: there is no module directory "},
		{"listening once", []string{"-listen", ":0", "-once"}, usage, "-listen"},
		{"listening for the kernel", []string{"-listen", ":0", "--", "xfs"}, usage, "-listen"},
		{"bad address", []string{"-listen", "9810"}, failure, "ondemand: listen tcp: address 9810: missing port in address"},
		{"bad interval", []string{"-rescan", "often"}, usage, "-rescan"},
		{"no modules and not listening", []string{"-root", t.TempDir()}, failure, "ondemand: there is no module directory "},
		{"no such root", []string{"-root", filepath.Join(bad, "x"), "--", "xfs"}, failure, "x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var said strings.Builder
			if status := run(t.Context(), test.args, &said); status != test.status {
				t.Errorf("status %d, want %d", status, test.status)
			}
			if !strings.Contains(said.String(), test.said) || test.said == "" && said.Len() > 0 {
				t.Errorf("said %q, want %q", said.String(), test.said)
			}
		})
	}
}

func TestLoaderConfig(t *testing.T) {
	m := newMachine(t, "deny module nic")
	kernel, loader := m.kernel, m.loader()
	kernel.OnInit = func(string, string) error {
		kernel.Print("cam: no lens")
		return syscall.EIO
	}
	if _, err := loader.Load(t.Context(), "cam"); err == nil || !strings.Contains(err.Error(), `the kernel says "cam: no lens"`) {
		t.Errorf("what the kernel logs: %v", err)
	}
	if _, err := loader.Load(t.Context(), "nic"); !errors.Is(err, kmod.ErrForbidden) {
		t.Errorf("what is denied: %v", err)
	}
}

// TestRunListening: a machine without modules is waited for, and a second daemon with the
// same address ends.
func TestRunListening(t *testing.T) {
	dir := t.TempDir()
	args := []string{"-root", dir, "-listen", "unix:" + filepath.Join(dir, "s"), "-rescan", "-1s"}
	ctx, cancel := contextWithCancel(t)
	log := &lines{more: make(chan struct{}, 1)}
	m := &machine{t: t, lines: log}
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, args, log) }()
	m.await("going on", "there is no module directory "+dir)
	var said strings.Builder
	if status := run(ctx, args, &said); status != failure || !strings.Contains(said.String(), "another ondemand may be running") {
		t.Errorf("a second one ends with status %d and says\n%s", status, &said)
	}
	cancel()
	if status := <-ended; status != success {
		t.Errorf("it ended with status %d:\n%s", status, log)
	}
}
