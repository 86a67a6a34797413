package depmod

import (
	"context"
	"path/filepath"
	"testing"
)

// BenchmarkIncremental makes the files of a real kernel after one module
// changed: the cache has an earlier state of it.
func BenchmarkIncremental(b *testing.B) {
	for release, root := range realTrees() {
		b.Run(release, func(b *testing.B) {
			out := b.TempDir()
			cfg := &Config{Root: root, Release: release, Cache: filepath.Join(out, "cache")}
			if _, err := Scan(context.Background(), cfg); err != nil {
				b.Fatal(err)
			}
			data, err := readCache(cfg.Cache)
			if err != nil {
				b.Fatal(err)
			}
			data.entries[len(data.entries)/2].stamp.Mtime.Sec--
			data.encoded = ""
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				if err := writeCache(cfg.Cache, data); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				index, err := Scan(context.Background(), cfg)
				if err != nil {
					b.Fatal(err)
				}
				if index.Effort.Read != 1 || !index.Effort.Saved {
					b.Fatalf("the effort was %+v", index.Effort)
				}
				if err := index.WriteTo(out, "", nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
