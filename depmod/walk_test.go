package depmod_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestWalkWrite: temporary files of another process that writes index files are
// ignored, since they may vanish meanwhile.
func TestWalkWrite(t *testing.T) {
	files := needTree("a:")
	files[moduleDir+"/.modules-0123456789abcdef/new/b.ko"] = text("no module")
	index, err := scanFS(t, files, depmod.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if len(index.Report.Unreadable) > 0 {
		t.Errorf("unreadable are %v", index.Report.Unreadable)
	}
}

// linkTree writes a tree of a module and the given symbolic links.
func linkTree(t *testing.T, links map[string]string) string {
	t.Helper()
	root := modtest.Write(t, needTree("a:"))
	for name, target := range links {
		full := filepath.Join(root, moduleDir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, full); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	return root
}

func scanDir(t *testing.T, root string) *depmod.Index {
	t.Helper()
	index, err := depmod.Scan(context.Background(), &depmod.Config{Root: root, Release: modtest.Release})
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// TestWalkNowhere: a dangling link that may have meant a directory of modules
// is reported; one that is an index file being written is not.
func TestWalkNowhere(t *testing.T) {
	root := linkTree(t, map[string]string{
		"updates": "/outside", "self": "self", "b.ko": "none", "build": "/usr/src/linux", "modules.weakdep": "none",
	})
	index := scanDir(t, root)
	var got []string
	for _, e := range index.Report.Unreadable {
		got = append(got, filepath.Base(e.Path))
	}
	if want := "[b.ko self updates]"; fmt.Sprint(got) != want {
		t.Errorf("unreadable are %v, want %s", got, want)
	}
	if paths := modulePaths(index); paths != "kernel/a.ko" {
		t.Errorf("the modules are %s", paths)
	}
}

// TestWalkManyPaths: two links in each directory to the next one make a path
// for each number of as many bits as there are directories.
func TestWalkManyPaths(t *testing.T) {
	const dirs = 30
	links := map[string]string{}
	for i := range dirs {
		links[fmt.Sprintf("d%d/x", i)] = fmt.Sprintf("../d%d", i+1)
		links[fmt.Sprintf("d%d/y", i)] = fmt.Sprintf("../d%d", i+1)
	}
	links[fmt.Sprintf("d%d/z", dirs)] = "../kernel/a.ko"
	if testing.Short() {
		t.Skip("visits many directories")
	}
	index := scanDir(t, linkTree(t, links))
	if paths := modulePaths(index); paths != "kernel/a.ko" {
		t.Errorf("the modules are %s", paths)
	}
	if n := len(index.Report.Unreadable); n == 0 || n > 1000 {
		t.Errorf("%d reports", n)
	}
}

// TestWalkLoop: a directory is visited once on a path.
func TestWalkLoop(t *testing.T) {
	index := scanDir(t, linkTree(t, map[string]string{"kernel/up": "..", "kernel/here": ".", "again": "kernel"}))
	for _, e := range index.Report.Unreadable {
		if e.Err.Error() != "the directory contains itself" {
			t.Error(e.Path, e.Err)
		}
	}
	if n := len(index.Report.Unreadable); n != 4 {
		t.Errorf("%d reports", n)
	}
	if paths := modulePaths(index); paths != "again/a.ko" {
		t.Errorf("the modules are %s", paths)
	}
}
