package depmod

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestCacheWait: a scan that fails before it needs the cache has closed it on
// return.
func TestCacheWait(t *testing.T) {
	cfg := cachedTree(t, 2)
	body := make([]byte, maxCache-cacheHeader)
	content := append(append(cachePreamble(), make([]byte, cacheHeader-len(cachePreamble()))...), body...)
	if err := os.WriteFile(cfg.Cache, content, 0o644); err != nil {
		t.Fatal(err)
	}
	name, err := filepath.EvalSymlinks(cfg.Cache)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := Scan(ctx, cfg); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v", err)
		}
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no /proc: ", err)
		}
		for _, fd := range fds {
			if to, _ := os.Readlink("/proc/self/fd/" + fd.Name()); to == name {
				t.Error("the cache is still open")
			}
		}
	}
}

// TestCacheTidies: leftovers of a killed run are removed by the next one, even if
// that has nothing to save.
func TestCacheTidies(t *testing.T) {
	cfg := cachedTree(t, 2)
	scanLater(t, cfg)
	left := cfg.Cache + ".123.tmp"
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantEffort(t, "again", scanLater(t, cfg), Effort{Cached: 2})
	if _, err := os.Lstat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is left: %v", err)
	}
}

// TestCacheBounds: a cache too large for a reader is not written.
func TestCacheBounds(t *testing.T) {
	sized := func(strings, numbers, size int) *cacheData {
		e := cacheEntry{file: "f", record: record{needs: make([]uint32, numbers), aliases: make([]string, strings)}}
		if strings > 0 {
			e.aliases[0] = string(make([]byte, size))
		}
		table := &symbols{}
		table.id(symbol{name: table.name([]byte("n"))})
		return &cacheData{table: table, entries: []cacheEntry{e}}
	}
	for _, test := range []struct {
		strings, numbers, size int
		ok                     bool
	}{
		{maxStrings, 10, 0, true}, {maxStrings + 1, 10, 0, false}, {1, maxNumbers, 0, true}, {1, maxNumbers + 1, 0, false},
		{1, 1, maxCache - 4096, true}, {1, 1, maxCache - cacheHeader, false}, {1, 1, maxCache + 1, false},
	} {
		body, err := encodeCache(sized(test.strings, test.numbers, test.size))
		if test.ok != (err == nil) || err != nil && err != errCacheSize {
			t.Errorf("%+v: %v", test, err)
		}
		if err != nil {
			continue
		}
		if _, err := decodeCache(string(body)); err != nil {
			t.Errorf("%+v cannot be read: %v", test, err)
		}
	}
}
