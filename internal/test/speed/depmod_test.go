package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestOwnCopy: what is touched in a copy of a tree is not the original.
func TestOwnCopy(t *testing.T) {
	l := &lab{options: &options{}, dir: t.TempDir()}
	original := filepath.Join(t.TempDir(), "kernel/fs/xfs/xfs.ko")
	old := time.Unix(1e9, 0)
	if err := os.MkdirAll(filepath.Dir(original), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(original, []byte("xfs"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(original, old, old); err != nil {
		t.Fatal(err)
	}
	root, err := l.copyTree(t.Context(), filepath.Join(original, "../../../.."), "6.1", "")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, moduleDir, "6.1")
	touch, err := ownCopy(dir)
	if err == nil {
		err = touch()
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, wantOld := range map[string]bool{original: true, filepath.Join(dir, "kernel/fs/xfs/xfs.ko"): false} {
		if info, err := os.Stat(name); err != nil || info.ModTime().Equal(old) != wantOld || info.Size() != 3 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if _, err := ownCopy(t.TempDir()); err == nil {
		t.Error("a directory without the module is touched")
	}
}
