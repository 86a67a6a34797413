package depmod

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// realTrees are the roots of real kernels in the cache directory, by release.
func realTrees() map[string]string {
	trees := map[string]string{}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	dirs, _ := filepath.Glob(filepath.Join(cache, "gokmod", "*", "lib/modules/*/modules.dep.bin"))
	for _, name := range dirs {
		dir := filepath.Dir(name)
		trees[filepath.Base(dir)] = filepath.Join(dir, "../../..")
	}
	return trees
}

// BenchmarkFiles makes the files of an index of a real kernel.
func BenchmarkFiles(b *testing.B) {
	for release, root := range realTrees() {
		b.Run(release, func(b *testing.B) {
			index, err := Scan(context.Background(), &Config{Root: root, Release: release})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := index.Files(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkScan scans a real kernel's modules.
func BenchmarkScan(b *testing.B) {
	for release, root := range realTrees() {
		b.Run(release, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Scan(context.Background(), &Config{Root: root, Release: release}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
