package vm

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestCompareReleases(t *testing.T) {
	ascending := []string{
		"", "5.10.0-amd64", "6.1", "6.1.0-9-amd64", "6.1.0-56-amd64", "6.1.12-1-amd64",
		"6.9.7+deb12-amd64", "6.12.9+deb12-amd64", "6.12.117+deb12-amd64",
	}
	for i, a := range ascending {
		for j, b := range ascending {
			got := compareReleases(a, b)
			if (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%q to %q: %d", a, b, got)
			}
		}
	}
}

func TestNewestCached(t *testing.T) {
	dir := t.TempDir()
	for _, release := range []string{"6.1.0-9-amd64", "6.1.0-56-amd64", "6.12.3-amd64"} {
		fakeKernel(t, filepath.Join(dir, release), release)
	}
	writeTree(t, filepath.Join(dir, "6.1.0-99-amd64", "boot", "vmlinuz-6.1.0-99-amd64"), "half a kernel")
	tests := []struct{ series, want string }{
		{"6.1", "6.1.0-56-amd64"},
		{"6.12", "6.12.3-amd64"},
		{"6", "6.12.3-amd64"},
		{"5.10", ""},
	}
	for _, test := range tests {
		var got string
		if k := newestCached(dir, test.series); k != nil {
			got = k.Release
		}
		if got != test.want {
			t.Errorf("series %s: %q, want %q", test.series, got, test.want)
		}
	}
	var all []string
	for _, k := range cached(dir) {
		all = append(all, k.Release)
	}
	if want := []string{"6.12.3-amd64", "6.1.0-56-amd64", "6.1.0-9-amd64"}; !slices.Equal(all, want) {
		t.Errorf("the cache holds %q, want %q", all, want)
	}
	if k := newestCached(filepath.Join(dir, "none"), "6.1"); k != nil {
		t.Errorf("an absent cache holds %s", k.Release)
	}
}
