//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestPolicyPipe: a pipe without a writer does not block, as no signal would end
// the daemon meanwhile.
func TestPolicyPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip("this file system has no named pipes: ", err)
	}
	if _, err := readPolicy(name); err == nil || !strings.Contains(err.Error(), name+" is not a regular file") {
		t.Errorf("got %v", err)
	}
}
