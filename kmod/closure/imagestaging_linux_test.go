package closure

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCleanStagings: what interrupted runs left goes; what another run uses, and
// anything that is not a staging directory by name and kind, stays.
func TestCleanStagings(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	used, err := newStaging(root)
	if err != nil {
		t.Fatal(err)
	}
	left := []string{".kmod-0123456789abcdef", ".kmod-0000000000000000"}
	stay := []string{".kmod-", ".kmod-0123456789abcde", ".kmod-0123456789abcdef0", ".kmod-0123456789ABCDEF",
		".kmod-0123456789abcdeg", "kmod-0123456789abcdef", "x.kmod-0123456789abcdef", used.name}
	for _, name := range append(stay[:len(stay)-1:len(stay)-1], left...) {
		if err := os.MkdirAll(filepath.Join(dir, name, "lib/modules"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := ".kmod-fedcba9876543210"
	if err := os.WriteFile(filepath.Join(dir, file), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	stay = append(stay, file)
	slices.Sort(stay)
	for range 2 {
		if err := cleanStagings(root); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if !slices.Equal(names, stay) {
			t.Errorf("left are %q, want %q", names, stay)
		}
	}
	name := used.place("lib/x")
	if name != used.name+"/lib/x" || len(used.name) != 22 || !strings.HasPrefix(used.name, ".kmod-") {
		t.Errorf("the place of a file is %s", name)
	}
	if err := used.remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(dir, used.name)); !os.IsNotExist(err) {
		t.Errorf("the staging directory is still there: %v", err)
	}
}

// TestStagingClaim: a directory that another run has locked, or that is gone, is not
// claimed.
func TestStagingClaim(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	used, err := newStaging(root)
	if err != nil {
		t.Fatal(err)
	}
	defer used.lock.Close()
	for _, name := range []string{used.name, ".kmod-nothing"} {
		if s := (&staging{root: root, name: name}); s.claim() || s.lock != nil {
			t.Errorf("%s was claimed", name)
		}
	}
	if err := root.Mkdir("free", 0o700); err != nil {
		t.Fatal(err)
	}
	s := &staging{root: root, name: "free"}
	if !s.claim() {
		t.Fatal("a directory that is free was not claimed")
	}
	if err := s.remove(); err != nil {
		t.Error(err)
	}
}

// TestDirectNeeds: a picture has those needs of a step that are not needs of its
