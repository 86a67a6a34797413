//go:build unix

package main

import (
	"errors"
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
	if _, err := readPolicy(name); !errors.Is(err, errNotRegular) || !strings.Contains(err.Error(), name) {
		t.Errorf("got %v", err)
	}
}
