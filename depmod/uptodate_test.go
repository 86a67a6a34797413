package depmod_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

func TestUpToDate(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	write := func(t *testing.T, name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	touch := func(t *testing.T, name string, at time.Time) {
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name   string
		change func(t *testing.T, dir string)
		want   bool
	}{
		{"nothing", func(*testing.T, string) {}, true},
		{"a newer module", func(t *testing.T, dir string) { touch(t, dir+"/kernel/a.ko", now.Add(1)) }, false},
		{"a newer file of the kernel's build", func(t *testing.T, dir string) { touch(t, dir+"/modules.builtin", now.Add(1)) }, false},
		{"a module removed", func(t *testing.T, dir string) { os.Remove(dir + "/kernel/a.ko") }, false},
		{"an old module added", func(t *testing.T, dir string) {
			write(t, dir+"/kernel/x.ko", "")
			touch(t, dir+"/kernel/x.ko", now.Add(-time.Hour))
		}, false},
		{"a module renamed", func(t *testing.T, dir string) { os.Rename(dir+"/kernel/a.ko", dir+"/a.ko") }, false},
		{"another order", func(t *testing.T, dir string) {
			write(t, dir+"/modules.order", "kernel/b.ko\n")
			touch(t, dir+"/modules.order", now)
		}, false},
		{"an index file removed", func(t *testing.T, dir string) { os.Remove(dir + "/modules.weakdep") }, false},
		{"a module that is excluded", func(t *testing.T, dir string) { os.Mkdir(dir+"/build", 0o755); write(t, dir+"/build/x.ko", "") }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := &depmod.Config{Root: modtest.Write(t, needTree("a: b", "b:")), Release: modtest.Release}
			index, err := depmod.Scan(ctx, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if fresh, err := depmod.UpToDate(ctx, cfg); fresh || err != nil {
				t.Fatalf("before: %v, %v", fresh, err)
			}
			if err := index.Write(nil); err != nil {
				t.Fatal(err)
			}
			err = filepath.Walk(index.Dir(), func(name string, _ os.FileInfo, err error) error { touch(t, name, now); return err })
			if err != nil {
				t.Fatal(err)
			}
			test.change(t, index.Dir())
			if fresh, err := depmod.UpToDate(ctx, cfg); fresh != test.want || err != nil {
				t.Errorf("%v, %v, want %v", fresh, err, test.want)
			}
		})
	}
}

func TestUpToDateWithoutDirectory(t *testing.T) {
	cfg := &depmod.Config{Root: t.TempDir(), Release: modtest.Release}
	if _, err := depmod.UpToDate(context.Background(), cfg); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
}

// TestUpToDateMachineFails: files that the machine cannot examine do not count as
// old.
func TestUpToDateMachineFails(t *testing.T) {
	files := needTree("a: b", "b:")
	index, err := scanFS(t, files, depmod.Config{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := index.Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range made {
		files[moduleDir+"/"+f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
	cfg := &depmod.Config{FS: files, Release: modtest.Release}
	if fresh, err := depmod.UpToDate(t.Context(), cfg); !fresh || err != nil {
		t.Fatalf("%v, %v", fresh, err)
	}
	for _, errno := range []error{syscall.EMFILE, syscall.EIO} {
		cfg.FS = failing{files, moduleDir + "/modules.builtin", "open", errno}
		if fresh, err := depmod.UpToDate(t.Context(), cfg); fresh || err != nil {
			t.Errorf("%v: %v, %v", errno, fresh, err)
		}
	}
}
