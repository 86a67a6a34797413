package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
	"github.com/klauspost/compress/zstd"
)

// TestTurns: modules are read together with a share of the limit each, and a larger
// one alone.
func TestTurns(t *testing.T) {
	const readers = 4
	turns := newTurns(readers)
	var mu sync.Mutex
	reading, alone := 0, 0
	enter := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		reading += n
		return reading
	}
	var wg sync.WaitGroup
	for i := range readers {
		for range 100 {
			wg.Go(func() {
				err := turns.read(func(limit int64) error {
					n := enter(1)
					defer enter(-1)
					switch {
					case limit == togetherSize/readers:
						return fmt.Errorf("module %d: %w", i, [...]error{nil, modinfo.ErrTooLarge}[i%2])
					case limit != modinfo.DefaultMaxSize || n != 1:
						t.Errorf("%d read at a time, with a limit of %d", n, limit)
					}
					alone++
					return nil
				})
				if failed := err != nil; failed != (i%2 == 0) {
					t.Errorf("module %d: %v", i, err)
				}
			})
		}
	}
	wg.Wait()
	if alone != readers/2*100 {
		t.Errorf("%d modules were read alone", alone)
	}
}

// TestLargeAmongOthers: a module that exceeds its share is read all the same, by
// its file and by its name.
func TestLargeAmongOthers(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "lib/modules/6.1.0-test")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	small := filepath.Join(dir, "small.ko")
	large := filepath.Join(dir, "large.ko.zst")
	module := (&modtest.Module{Modinfo: []string{"license=GPL"}}).Build()
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	packed := encoder.EncodeAll(append(module, make([]byte, togetherSize)...), nil)
	files := map[string][]byte{small: module, large: packed}
	for _, name := range []string{"modules.order", "modules.builtin", "modules.builtin.modinfo"} {
		files[filepath.Join(dir, name)] = nil
	}
	for name, data := range files {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	newWorld().run("depmod", "-b", root, "6.1.0-test").check(t, answer{})
	for _, args := range [][]string{{small, large}, {"-b", root, "-k", "6.1.0-test", "small", "large"}} {
		newWorld().run(append([]string{"modinfo", "-F", "license"}, args...)...).check(t, answer{stdout: "GPL\nGPL\n"})
	}
}
