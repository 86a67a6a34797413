package depmod

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// cachedTree is a tree of n modules, each of which needs the previous one.
func cachedTree(t *testing.T, n int) *Config {
	t.Helper()
	var modules []modtest.TreeModule
	for i := range n {
		var needs []string
		if i > 0 {
			needs = []string{fmt.Sprintf("s%d", i-1)}
		}
		name := fmt.Sprintf("m%d", i)
		file := modtest.Named(name, []string{fmt.Sprintf("s%d", i)}, needs).Build()
		modules = append(modules, modtest.TreeModule{Path: "kernel/" + name + ".ko", File: file})
	}
	return &Config{
		Root: modtest.Write(t, modtest.Tree(nil, modules...)), Release: modtest.Release,
		Cache: filepath.Join(t.TempDir(), "cache"),
	}
}

// scanLater scans as if an hour had passed.
func scanLater(t *testing.T, cfg *Config) *Index {
	t.Helper()
	index, err := scanFrom(context.Background(), cfg, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func wantEffort(t *testing.T, what string, index *Index, want Effort) {
	t.Helper()
	if index.Effort != want {
		t.Errorf("%s: the effort was %+v, want %+v", what, index.Effort, want)
	}
}

// TestCacheEffort: only changed files are read, and the cache file is written
// only if there is something new.
func TestCacheEffort(t *testing.T) {
	cfg := cachedTree(t, 5)
	module := func(name string) string {
		return filepath.Join(cfg.Root, "lib/modules", modtest.Release, "kernel", name)
	}
	wantEffort(t, "first", scanLater(t, cfg), Effort{Read: 5, Saved: true})
	wantEffort(t, "second", scanLater(t, cfg), Effort{Cached: 5})
	if err := os.Chtimes(module("m2.ko"), time.Time{}, time.Unix(1e9, 5)); err != nil {
		t.Fatal(err)
	}
	wantEffort(t, "touched", scanLater(t, cfg), Effort{Read: 1, Cached: 4, Saved: true})
	if err := os.Remove(module("m4.ko")); err != nil {
		t.Fatal(err)
	}
	wantEffort(t, "removed", scanLater(t, cfg), Effort{Cached: 4, Saved: true})
	if err := os.WriteFile(module("m9.ko"), []byte("no module"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		wantEffort(t, "unreadable", scanLater(t, cfg), Effort{Read: 1, Cached: 4})
	}
	limited := *cfg
	limited.MaxModuleSize = 1 << 20
	wantEffort(t, "another limit", scanLater(t, &limited), Effort{Read: 5, Saved: true})
}

// TestCacheVersions: a module whose symbol versions cannot be read is not
// cached, so that every scan reports it.
func TestCacheVersions(t *testing.T) {
	cfg := cachedTree(t, 2)
	m := modtest.Named("m1", nil, []string{"s0"})
	m.Versions = nil
	m.Sections = []modtest.Section{{Name: "__versions", Data: []byte("of no form")}}
	file := filepath.Join(cfg.Root, "lib/modules", modtest.Release, "kernel/m1.ko")
	if err := os.WriteFile(file, m.Build(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, want := range []Effort{{Read: 2, Saved: true}, {Read: 1, Cached: 1}} {
		index := scanLater(t, cfg)
		wantEffort(t, "damaged versions", index, want)
		if len(index.Report.BadVersions) != 1 {
			t.Errorf("bad versions are %v", index.Report.BadVersions)
		}
	}
}

// TestCacheBad: an unusable file is replaced.
func TestCacheBad(t *testing.T) {
	cfg := cachedTree(t, 3)
	scanLater(t, cfg)
	good, err := os.ReadFile(cfg.Cache)
	if err != nil {
		t.Fatal(err)
	}
	older := append([]byte{}, good...)
	older[len(cacheMagic)+3]--
	flipped := append([]byte{}, good...)
	flipped[len(flipped)-1] ^= 1
	other := cachedTree(t, 3)
	other.Cache = filepath.Join(t.TempDir(), "other")
	scanLater(t, other)
	otherTree, err := os.ReadFile(other.Cache)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty": nil, "cut off": good[:len(good)-1], "header only": good[:cacheHeader], "longer": append(good[:len(good):len(good)], 0),
		"foreign": []byte("alias a b\n"), "older": older, "flipped": flipped, "of another tree": otherTree,
	} {
		if err := os.WriteFile(cfg.Cache, data, 0o644); err != nil {
			t.Fatal(err)
		}
		wantEffort(t, name, scanLater(t, cfg), Effort{Read: 3, Saved: true})
		wantEffort(t, name+", again", scanLater(t, cfg), Effort{Cached: 3})
	}
}

// TestCacheUnwritable: a cache that cannot be written is not an error of the
// scan.
func TestCacheUnwritable(t *testing.T) {
	cfg := cachedTree(t, 2)
	dir := t.TempDir()
	for name, file := range map[string]string{
		"no such directory": filepath.Join(dir, "a/b"), "directory": dir, "device": os.DevNull,
	} {
		cfg.Cache = file
		index := scanLater(t, cfg)
		if e := index.Effort; e.SaveErr == nil || e.Saved || e.Read != 2 {
			t.Errorf("%s: the effort was %+v", name, e)
		}
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%s was replaced", os.DevNull)
	}
	if left, err := filepath.Glob(dir + "/*"); err != nil || len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

// TestCacheLink: a symbolic link to the cache stays a link.
func TestCacheLink(t *testing.T) {
	cfg := cachedTree(t, 2)
	target := cfg.Cache
	cfg.Cache = filepath.Join(t.TempDir(), "link")
	if err := os.WriteFile(target, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, cfg.Cache); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	wantEffort(t, "first", scanLater(t, cfg), Effort{Read: 2, Saved: true})
	cfg.Cache = target
	wantEffort(t, "behind the link", scanLater(t, cfg), Effort{Cached: 2})
}

// TestCacheConcurrent: many concurrent scans are all right, and leave a whole
// file.
func TestCacheConcurrent(t *testing.T) {
	cfg := cachedTree(t, 20)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			index, err := scanFrom(context.Background(), cfg, time.Now().Add(time.Hour))
			if err != nil || len(index.Modules()) != 20 || index.Effort.SaveErr != nil {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
	wantEffort(t, "then", scanLater(t, cfg), Effort{Cached: 20})
	if left, err := filepath.Glob(cfg.Cache + "*"); err != nil || len(left) != 1 {
		t.Errorf("%v are left", left)
	}
}

// TestCacheFS: files about which the system does not tell enough are not
// cached, others are.
func TestCacheFS(t *testing.T) {
	onDisk := cachedTree(t, 2)
	cfg := &Config{FS: fstest.MapFS{}, Release: modtest.Release, Cache: onDisk.Cache}
	files := modtest.Tree(nil, modtest.TreeModule{Path: "a.ko", File: modtest.Named("a", nil, nil).Build()})
	for _, f := range files {
		f.ModTime = time.Unix(1e9, 1)
	}
	cfg.FS = files
	for range 2 {
		wantEffort(t, "in memory", scanLater(t, cfg), Effort{Read: 1})
	}
	cfg.FS = os.DirFS(onDisk.Root)
	wantEffort(t, "directory", scanLater(t, cfg), Effort{Read: 2, Saved: true})
	if info, err := os.Stat(onDisk.Root); err != nil || !info.IsDir() {
		t.Fatal(err)
	}
	wantEffort(t, "directory, again", scanLater(t, cfg), Effort{Cached: 2})
}

func TestCacheKeeps(t *testing.T) {
	start := time.Unix(2e9, 500e6)
	at := func(d time.Duration) sys.Timestamp {
		t := start.Add(-d)
		return sys.Timestamp{Sec: t.Unix(), Nsec: int64(t.Nanosecond())}
	}
	old := at(time.Hour + 1)
	whole := sys.Timestamp{Sec: 1e9}
	for _, tt := range []struct {
		name         string
		mtime, ctime sys.Timestamp
		inode        uint64
		fs, want     bool
	}{
		{"old", old, old, 1, false, true},
		{"just changed", at(10 * time.Millisecond), at(10 * time.Millisecond), 1, false, false},
		{"changed a little earlier", at(60 * time.Millisecond), at(60 * time.Millisecond), 1, false, true},
		{"old content, just moved", old, at(10 * time.Millisecond), 1, false, false},
		{"coarse", old, at(2500 * time.Millisecond), 1, false, false},
		{"coarse and older", old, at(3500 * time.Millisecond), 1, false, true},
		{"in the future", at(-time.Hour), old, 1, false, false},
		{"unpacked", whole, old, 1, false, true},
		{"image", whole, whole, 1, false, false},
		{"no time", sys.Timestamp{}, old, 1, false, false},
		{"other system", old, sys.Timestamp{}, 0, false, true},
		{"file system without inodes", old, sys.Timestamp{}, 0, true, false},
	} {
		c := &cache{cfg: &Config{}, started: start}
		if tt.fs {
			c.cfg.FS = fstest.MapFS{}
		}
		if got := c.keeps(sys.Stamp{Size: 1, Inode: tt.inode, Mtime: tt.mtime, Ctime: tt.ctime}); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestCacheMargins: a file is kept if its last change lies further back than the margin,
// the larger one for times of whole seconds.
func TestCacheMargins(t *testing.T) {
	start := time.Unix(2e9, 0)
	for _, test := range []struct {
		ago  time.Duration
		want bool
	}{
		{fineMargin, false}, {fineMargin + 1, true}, {fineMargin - 1, false}, {0, false}, {-1, false},
		{2 * time.Second, false}, {3 * time.Second, true}, {2*time.Second + 1, true},
	} {
		at := start.Add(-test.ago)
		stamp := sys.Timestamp{Sec: at.Unix(), Nsec: int64(at.Nanosecond())}
		c := &cache{cfg: &Config{}, started: start}
		if got := c.past(stamp); got != test.want {
			t.Errorf("%v ago: %v", test.ago, got)
		}
		old := sys.Timestamp{Sec: 1e9, Nsec: 1}
		for _, s := range []sys.Stamp{{Mtime: stamp, Ctime: old}, {Mtime: old, Ctime: stamp}, {Mtime: stamp}} {
			if got := c.keeps(s); got != test.want {
				t.Errorf("%v ago, %+v: %v", test.ago, s, got)
			}
		}
	}
}

// TestCacheKey: a cache is for one tree, and one limit.
func TestCacheKey(t *testing.T) {
	keys := map[string]bool{}
	for _, key := range []string{
		cacheKey(&Config{}, "/a", "lib"), cacheKey(&Config{}, "/a", "usr"), cacheKey(&Config{}, "/b", "lib"),
		cacheKey(&Config{MaxModuleSize: 5}, "/a", "lib"), cacheKey(&Config{FS: fstest.MapFS{}}, "", "lib"),
	} {
		keys[key] = true
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != 5 || cacheKey(&Config{}, "x", "lib") != cacheKey(&Config{}, wd+"/x", "lib") ||
		cacheKey(&Config{FS: fstest.MapFS{}}, "x", "lib") == cacheKey(&Config{}, wd+"/x", "lib") {
		t.Errorf("%v", keys)
	}
}
