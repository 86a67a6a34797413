package depmod_test

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestFewDescriptors: with few descriptors a scan finds all modules; with fewer
// it finds all or fails.
func TestFewDescriptors(t *testing.T) {
	const modules = 300
	files := needTree()
	for i := range modules {
		name := fmt.Sprintf("m%d", i)
		files[fmt.Sprintf("%s/kernel/d%d/%s.ko", moduleDir, i, name)] = &fstest.MapFile{Data: simple(name), Mode: 0o644}
	}
	cfg := &depmod.Config{Root: modtest.Write(t, files), Release: modtest.Release, Parallel: 256}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
			t.Error(err)
		}
	}()
	failed := false
	for limit := uint64(64); limit > 0; limit -= 4 {
		cfg.Cache = filepath.Join(t.TempDir(), "cache")
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: limit, Max: before.Max}); err != nil {
			t.Fatal(err)
		}
		index, err := depmod.Scan(t.Context(), cfg)
		switch {
		case err != nil && limit == 64:
			t.Errorf("with %d descriptors: %v", limit, err)
		case err == nil && (len(index.Modules()) != modules || len(index.Report.Unreadable) > 0):
			t.Errorf("with %d descriptors: %d modules, %v", limit, len(index.Modules()), index.Report.Unreadable)
		}
		failed = failed || err != nil
	}
	if !failed {
		t.Error("the scan never failed")
	}
}
