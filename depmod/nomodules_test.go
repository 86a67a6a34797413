package depmod_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestNoModules: if there are modules and none can be read, there is no index.
func TestNoModules(t *testing.T) {
	const kernel, order = moduleDir + "/kernel", moduleDir + "/modules.order"
	junk, dir := text("junk"), &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	link := func(to string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink} }
	for _, test := range []struct {
		name  string
		files modtestFS
		fails string // the path and reason in the error, "" for none
	}{
		{"nothing", modtestFS{moduleDir: dir}, ""},
		{"files of the build", modtestFS{order: text("kernel/a.ko\n"), moduleDir + "/build": link("/usr/src")}, ""},
		{"a bad modules.order", modtestFS{order: dir}, ""},
		{"a link up", modtestFS{kernel: dir, kernel + "/up": link("..")}, ""},
		{"junk", modtestFS{kernel + "/a.ko": junk}, kernel + "/a.ko: not a valid kernel module"},
		{"junk and a bad modules.order", modtestFS{order: dir, kernel + "/a.ko": junk}, kernel + "/a.ko: not a valid"},
		{"more junk", modtestFS{kernel + "/a.ko": junk, kernel + "/b.ko": junk, kernel + "/c.ko": junk},
			"module: it does not begin as an ELF file (at offset 0), and 2 more"},
		{"bad names", modtestFS{kernel + "/.hidden.ko": {Data: simple("x")}}, kernel + "/.hidden.ko: "},
		{"not a file", modtestFS{kernel + "/a.ko": {Mode: fs.ModeNamedPipe}}, kernel + "/a.ko: not a regular file"},
		{"dangling links", modtestFS{kernel + "/a.ko": link("../gone/a.ko")}, kernel + "/a.ko: file does not exist"},
		{"a dangling directory", modtestFS{kernel: link("gone"), order: text("")}, kernel + ": file does not exist"},
		{"too deep", modtestFS{moduleDir + strings.Repeat("/d", 64) + "/a.ko": {Data: simple("a")}},
			strings.Repeat("/d", 64) + ": it is more than 64 directories deep"},
		{"the deepest", modtestFS{moduleDir + strings.Repeat("/d", 63) + "/a.ko": {Data: simple("a")}}, ""},
		{"one good", modtestFS{kernel + "/a.ko": junk, kernel + "/b.ko": {Data: simple("b")}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			index, err := scanFS(t, test.files, depmod.Config{})
			if test.fails == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var none *depmod.NoModulesError
			if index != nil || !errors.As(err, &none) || len(none.Index.Report.Unreadable) == 0 {
				t.Fatalf("%v, %v", index, err)
			}
			text := err.Error()
			if !strings.HasPrefix(text, "none of the modules in "+moduleDir+" can be read: ") ||
				!strings.Contains(text, test.fails) {
				t.Errorf("the error is %q", err)
			}
			if files, err := none.Index.Files(); files != nil || !errors.As(err, &none) {
				t.Errorf("there are files: %v, %v", files, err)
			}
		})
	}
}

// TestNoModulesOnDisk: links that all lead out of the root, with a cache and for
// UpToDate, and named files.
func TestNoModulesOnDisk(t *testing.T) {
	root := modtest.Write(t, modtestFS{
		moduleDir + "/modules.order": text(""), moduleDir + "/modules.dep": text("kernel/a.ko:\n"),
	})
	dir := filepath.Join(root, filepath.FromSlash(moduleDir))
	outside := modtest.Write(t, modtestFS{"kernel/a.ko": {Data: simple("a")}})
	if err := os.Symlink(filepath.Join(outside, "kernel"), filepath.Join(dir, "kernel")); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	cfg := depmod.Config{Root: root, Release: modtest.Release, Cache: filepath.Join(t.TempDir(), "cache")}
	var none *depmod.NoModulesError
	if index, err := depmod.Scan(t.Context(), &cfg); index != nil || !errors.As(err, &none) {
		t.Errorf("Scan: %v, %v", index, err)
	}
	if fresh, err := depmod.UpToDate(t.Context(), &cfg); fresh || !errors.As(err, &none) {
		t.Errorf("UpToDate: %v, %v", fresh, err)
	}
	if _, err := os.Stat(cfg.Cache); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cache was written: %v", err)
	}
	cfg.Files = []string{"/" + moduleDir + "/modules.order"}
	if index, err := depmod.Scan(t.Context(), &cfg); index != nil || !errors.As(err, &none) {
		t.Errorf("Scan of one file: %v, %v", index, err)
	}
	cfg.Files = []string{}
	if _, err := depmod.Scan(t.Context(), &cfg); err != nil {
		t.Errorf("Scan of no files: %v", err)
	}
}
