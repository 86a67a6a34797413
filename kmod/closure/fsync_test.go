package closure

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/memfs"
)

// TestCopySync: every file and directory is flushed before it is moved into place,
// and then the directories that something was moved into.
func TestCopySync(t *testing.T) {
	image := memfs.New()
	for _, name := range []string{"lib/modules/6.1/kernel/a.ko", "lib/firmware/a.bin", "etc/modprobe.d/modules.conf"} {
		if err := image.Add(name, memfs.File{Data: []byte(name)}); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if err := os.Symlink("usr/lib", filepath.Join(dir, "lib")); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	var staged, placed []string
	record := func(f *os.File) error {
		name, err := filepath.Rel(dir, f.Name())
		if err != nil {
			return err
		}
		if within, err := filepath.Rel(stagingOf(t, dir), f.Name()); err == nil && filepath.IsLocal(within) {
			staged = append(staged, within)
		} else {
			placed = append(placed, name)
		}
		return nil
	}
	if err := copyImage(t.Context(), image, dir, "lib/modules/6.1", record); err != nil {
		t.Fatal(err)
	}
	slices.Sort(staged)
	want := []string{".", "etc", "etc/modprobe.d", "etc/modprobe.d/modules.conf",
		"lib", "lib/firmware", "lib/firmware/a.bin",
		"lib/modules", "lib/modules/6.1", "lib/modules/6.1/kernel", "lib/modules/6.1/kernel/a.ko"}
	if !slices.Equal(staged, want) {
		t.Errorf("staged and synced are %v", staged)
	}
	slices.Sort(placed)
	want = []string{".", "etc", "etc/modprobe.d", "usr", "usr/lib", "usr/lib/firmware", "usr/lib/modules"}
	if !slices.Equal(placed, want) {
		t.Errorf("in place and synced are %v", placed)
	}
	full := errors.New("the disk is full")
	if err := copyImage(t.Context(), image, t.TempDir(), "lib/modules/6.1",
		func(*os.File) error { return full }); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

// stagingOf is the path of the staging directory.
func stagingOf(t *testing.T, dir string) string {
	found, err := filepath.Glob(filepath.Join(dir, stagingPrefix+"*"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0]
}
