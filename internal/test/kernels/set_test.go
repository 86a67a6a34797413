package kernels

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestSet(t *testing.T) {
	dir := t.TempDir()
	for _, dirOfSet := range SetDirs() {
		if err := os.MkdirAll(filepath.Join(dir, dirOfSet), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{
		"kernel/fs/b-c.ko.xz", "kernel/fs/README", "kernel/crypto/a.ko", "kernel/lib.ko", "kernel/net/sched/d.ko.zst",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if set, err := Set(dir); err != nil || !slices.Equal(set, []string{"a", "b_c", "d"}) {
		t.Errorf("the set is %q, %v", set, err)
	}
	if set, err := Set(t.TempDir()); err == nil {
		t.Errorf("without the directories the set is %q", set)
	}
}
