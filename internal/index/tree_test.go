package index

import (
	"os"
	"path/filepath"
	"testing"
)

// moduleDirs returns the module directories of real kernels, unpacked for tests
// in the user's cache directory as gokmod/RELEASE/lib/modules/RELEASE.
func moduleDirs() []string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	dirs, _ := filepath.Glob(filepath.Join(cache, "gokmod/*/lib/modules/*"))
	return dirs
}

// realDirs is moduleDirs for a test that is pointless without real kernels.
func realDirs(t *testing.T) []string {
	t.Helper()
	if testing.Short() {
		t.Skip("short: real module trees are not tested")
	}
	dirs := moduleDirs()
	if len(dirs) == 0 {
		t.Skip("no module tree below gokmod in the user's cache directory")
	}
	return dirs
}

// open reads an index file.
func open(t testing.TB, path string) *Reader {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(path, data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// collect returns all entries.
func collect(t testing.TB, r *Reader) []Entry {
	t.Helper()
	var all []Entry
	for e, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}
