package tree

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// TestRootFS checks both ways of opening files below a root.
func TestRootFS(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "usr/lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "usr/lib/file"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, simple := range []bool{false, true} {
		r, err := newRootFS(dir, false)
		if err != nil {
			t.Fatal(err)
		}
		r.simple.Store(simple)
		if err := fstest.TestFS(r, "usr/lib/file"); err != nil {
			t.Errorf("simple %v: %v", simple, err)
		}
		if _, err := r.Open("../etc"); err == nil {
			t.Errorf("simple %v: a name that leads out was opened", simple)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestRootFSLinks: an absolute link refers to a file below the root.
func TestRootFSLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/file", filepath.Join(dir, "link")); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	r, err := newRootFS(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, simple := range []bool{false, true} {
		r.simple.Store(simple)
		if data, err := fs.ReadFile(r, "link"); err != nil || string(data) != "x" {
			t.Errorf("simple %v: got %q, %v", simple, data, err)
		}
	}
	if target, err := r.ReadLink("link"); err != nil || target != "/file" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
}
