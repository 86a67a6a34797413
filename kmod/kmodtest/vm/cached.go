package vm

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Cached returns the kernels of the machine's own packages that were fetched
// before, newest first. It uses neither apt nor the network.
func Cached() []*Kernel {
	f, err := newFetcher("", nil)
	if err != nil {
		return nil
	}
	kernels := cached(f.dir)
	for i, k := range kernels {
		kernels[i] = bootable(k)
	}
	return kernels
}

// cached lists the complete kernels in a cache, newest first.
func cached(dir string) []*Kernel {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var kernels []*Kernel
	for _, e := range entries {
		if k, err := openKernel(filepath.Join(dir, e.Name()), e.Name()); err == nil {
			kernels = append(kernels, k)
		}
	}
	slices.SortFunc(kernels, func(a, b *Kernel) int { return compareReleases(b.Release, a.Release) })
	return kernels
}

// newestCached returns the newest complete kernel of a series, such as 6.1, in
// the cache, or nil.
func newestCached(dir, series string) *Kernel {
	for _, k := range cached(dir) {
		if inSeries(k.Release, series) {
			return k
		}
	}
	return nil
}

// inSeries reports whether a release belongs to a series; every release belongs
// to the empty one.
func inSeries(release, series string) bool {
	return series == "" || strings.HasPrefix(release, series+".")
}

// compareReleases orders kernel releases, comparing runs of digits as numbers.
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
