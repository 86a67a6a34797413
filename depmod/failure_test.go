package depmod_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// failing is a file system in which one operation on one name fails.
type failing struct {
	fs.FS
	name, op string
	err      error
}

func (f failing) Open(name string) (fs.File, error) {
	if name == f.name && f.op == "open" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: f.err}
	}
	file, err := f.FS.Open(name)
	if err != nil || name != f.name {
		return file, err
	}
	return failingFile{file, f}, nil
}

type failingFile struct {
	fs.File
	failing
}

func (f failingFile) Read(b []byte) (int, error) {
	if f.op == "read" {
		return 0, &fs.PathError{Op: "read", Path: f.name, Err: f.err}
	}
	return f.File.Read(b)
}

func (f failingFile) Stat() (fs.FileInfo, error) {
	if f.op == "stat" {
		return nil, &fs.PathError{Op: "stat", Path: f.name, Err: f.err}
	}
	return f.File.Stat()
}

func (f failingFile) ReadDir(n int) ([]fs.DirEntry, error) {
	if f.op == "list" {
		return nil, &fs.PathError{Op: "readdirent", Path: f.name, Err: f.err}
	}
	entries, err := f.File.(fs.ReadDirFile).ReadDir(n)
	for i := range entries {
		if f.op == "info" {
			entries[i] = failingEntry{entries[i], f.failing}
		}
	}
	return entries, err
}

// failingEntry is a name whose file cannot be examined.
type failingEntry struct {
	fs.DirEntry
	failing
}

func (e failingEntry) Name() string               { return e.DirEntry.Name() }
func (e failingEntry) Info() (fs.FileInfo, error) { return nil, e.err }

// TestMachineFails: if descriptors or memory run out or the disk fails, at
// whatever read, the scan ends: nothing that exists is left out.
func TestMachineFails(t *testing.T) {
	const kernel = moduleDir + "/kernel"
	files := needTree("a: b", "b:")
	files[kernel+"/link.ko"] = &fstest.MapFile{Data: []byte("b.ko"), Mode: fs.ModeSymlink}
	files["etc/depmod.d/x.conf"] = text("external * /ext\n")
	files["ext/c.ko"] = files[kernel+"/b.ko"]
	for _, test := range []struct{ op, name string }{
		{"open", kernel + "/a.ko"}, {"stat", kernel + "/a.ko"}, {"read", kernel + "/a.ko"}, {"open", kernel + "/link.ko"},
		{"open", kernel}, {"stat", kernel}, {"list", kernel}, {"info", kernel}, {"open", moduleDir}, {"list", moduleDir},
		{"open", "ext"}, {"list", "ext"}, {"read", moduleDir + "/modules.order"},
		{"open", moduleDir + "/modules.builtin"}, {"read", moduleDir + "/modules.builtin.modinfo"},
		{"open", "etc/depmod.d"}, {"list", "etc/depmod.d"}, {"open", "etc/depmod.d/x.conf"}, {"read", "etc/depmod.d/x.conf"},
	} {
		for _, errno := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EIO} {
			fsys := failing{files, test.name, test.op, errno}
			cfg := &depmod.Config{FS: fsys, Release: modtest.Release, Cache: filepath.Join(t.TempDir(), "cache")}
			index, err := depmod.Scan(t.Context(), cfg)
			if index != nil || !errors.Is(err, errno) {
				t.Errorf("%s of %s: %v, error %v, want %v", test.op, test.name, index, err, errno)
			}
		}
	}
	// An error that concerns one file only is in the report as before.
	denied := failing{files, kernel + "/a.ko", "open", fs.ErrPermission}
	index, err := depmod.Scan(t.Context(), &depmod.Config{FS: denied, Release: modtest.Release})
	if err != nil || len(index.Report.Unreadable) != 1 {
		t.Errorf("a file that may not be read: %v, %v", index, err)
	}
}

// counting is a file system that counts open files.
type counting struct {
	fs.FS
	open, most *atomic.Int64
}

func (c counting) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if err != nil {
		return nil, err
	}
	n := c.open.Add(1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	for range 10 {
		runtime.Gosched() // so that others open more
	}
	return countedFile{f.(fs.ReadDirFile), c.open}, nil
}

type countedFile struct {
	fs.ReadDirFile
	open *atomic.Int64
}

func (f countedFile) Close() error {
	f.open.Add(-1)
	return f.ReadDirFile.Close()
}

// flat is a file that claims to be listable, but fails.
type flat struct{ fs.FS }

type flatFile struct{ fs.File }

func (flatFile) ReadDir(int) ([]fs.DirEntry, error) { return nil, syscall.ENOTDIR }

func (f flat) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if _, dir := file.(fs.ReadDirFile); err != nil || dir {
		return file, err
	}
	return flatFile{file}, nil
}

// TestOpenFiles: the number of open files does not depend on the number of
// modules read at a time.
func TestOpenFiles(t *testing.T) {
	const most = 40
	files := needTree()
	for i := range 300 {
		name := fmt.Sprintf("m%d", i)
		files[fmt.Sprintf("%s/kernel/d%d/%s.ko", moduleDir, i, name)] = &fstest.MapFile{Data: simple(name), Mode: 0o644}
	}
	fsys := counting{flat{files}, new(atomic.Int64), new(atomic.Int64)}
	cfg := &depmod.Config{FS: fsys, Release: modtest.Release, Parallel: 256, Cache: filepath.Join(t.TempDir(), "cache")}
	index, err := depmod.Scan(t.Context(), cfg)
	if err != nil || len(index.Modules()) != 300 {
		t.Fatalf("%v, %v", index, err)
	}
	if open, seen := fsys.open.Load(), fsys.most.Load(); open != 0 || seen > most {
		t.Errorf("%d files were open at a time, want at most %d; %d still are", seen, most, open)
	}
}
