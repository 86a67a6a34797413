package vmtest

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
)

// newestCached returns the newest whole kernel of a series, such as 6.1, in
// the cache, or nil.
func newestCached(dir, series string) *Kernel {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var newest *Kernel
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), series+".") {
			continue
		}
		k, err := openKernel(filepath.Join(dir, e.Name()), e.Name())
		if err == nil && (newest == nil || compareReleases(k.Release, newest.Release) > 0) {
			newest = k
		}
	}
	return newest
}

// compareReleases orders kernel releases, runs of digits by their number.
func compareReleases(a, b string) int {
	for a != "" && b != "" {
		x, y := leadingDigits(a), leadingDigits(b)
		if x == "" || y == "" {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		if c := compareNumbers(x, y); c != 0 {
			return c
		}
		a, b = a[len(x):], b[len(y):]
	}
	return cmp.Compare(len(a), len(b))
}

func leadingDigits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}

func compareNumbers(x, y string) int {
	x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
}
