package sys

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestRemoval(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for _, base := range []string{"a", "b"} {
		name := filepath.Join(dir, base)
		if err := os.Symlink("nowhere", name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	w := WatchRemoval(names)
	kept := WatchRemoval(names[:1])
	if kept.Wait(time.Millisecond) {
		t.Error("an existing file counts as gone")
	}
	for _, name := range names {
		os.Remove(name)
	}
	if !w.Wait(time.Minute) {
		t.Error("removed files do not count as gone")
	}
	if !WatchRemoval(names).Wait(time.Minute) {
		t.Error("missing files do not count as gone")
	}
}
