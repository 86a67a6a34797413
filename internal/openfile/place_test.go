//go:build unix

package openfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestPlace(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"link": "file", "dangling": "nothing", "piped": "pipe"} {
		if err := os.Symlink(to, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(at("pipe"), 0o644); err != nil {
		t.Skip("this file system has no named pipes: ", err)
	}
	for name, want := range map[string]string{"file": "file", "absent": "absent", "link": "file", "dangling": "dangling"} {
		if got, err := Place(at(name)); got != at(want) || err != nil {
			t.Errorf("the place of %s is %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"pipe", "piped", "."} {
		if _, err := Place(at(name)); !errors.Is(err, ErrNotRegular) || !strings.Contains(err.Error(), at(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
