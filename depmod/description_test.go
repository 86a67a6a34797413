package depmod

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestListedIn: modules.dep describes the modules found if it has a line for each, in
// their order, and nothing else.
func TestListedIn(t *testing.T) {
	s := &scanner{index: &Index{modules: []Module{{Path: "k/a.ko"}, {Path: "k/b.ko"}}}}
	for dep, want := range map[string]bool{
		"k/a.ko:\nk/b.ko:\n": true, "k/a.ko: k/b.ko\nk/b.ko:\n": true, "k/a.ko\nk/b.ko:\n": false, "k/a.ko:\n": false, "": false,
		"k/a.ko:\nk/b.ko:": false, "k/b.ko:\nk/a.ko:\n": false, "k/a.ko:\nk/b.ko:\n\n": false, "k/a.ko:\nk/b.ko:\nk/c.ko:\n": false,
		"\nk/a.ko:\nk/b.ko:\n": false, "k/a.kox:\nk/b.ko:\n": false,
	} {
		f, err := fstest.MapFS{"f": {Data: []byte(dep)}}.Open("f")
		if err != nil {
			t.Fatal(err)
		}
		if got := s.listedIn(f); got != want {
			t.Errorf("%q: %v", dep, got)
		}
	}
	none := &scanner{index: &Index{}}
	for dep, want := range map[string]bool{"": true, "\n": false, "k/a.ko:\n": false} {
		f, err := fstest.MapFS{"f": {Data: []byte(dep)}}.Open("f")
		if err != nil {
			t.Fatal(err)
		}
		if got := none.listedIn(f); got != want {
			t.Errorf("without modules %q: %v", dep, got)
		}
	}
}

// TestNewer: index files are outdated if any of their inputs is newer than
// modules.dep, or if any of them is missing or is not a file.
func TestNewer(t *testing.T) {
	now := time.Unix(1.5e9, 0)
	made := func() fstest.MapFS {
		files := map[string][]byte{"k/a.ko": stating("x"), "k/b.ko": stating("x")}
		x, err := scanTree(t, files)
		if err != nil {
			t.Fatal(err)
		}
		indexes, err := x.Files()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range indexes {
			files[f.Name] = f.Data
		}
		tree := treeOf(files)
		for _, f := range tree {
			f.ModTime = now
		}
		return tree
	}
	fresh := func(tree fstest.MapFS) bool {
		got, err := UpToDate(context.Background(), &Config{FS: tree, Release: modtest.Release})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if !fresh(made()) {
		t.Fatal("nothing is newer")
	}
	dir := "lib/modules/" + modtest.Release + "/"
	for name := range made() {
		tree := made()
		tree[name].ModTime = now.Add(time.Nanosecond)
		base := strings.TrimPrefix(name, dir)
		isIndex := false
		for _, index := range moddir.Indexes() {
			isIndex = isIndex || base == index
		}
		if fresh(tree) != isIndex {
			t.Errorf("%s is newer, and fresh is %v", base, !isIndex)
		}
		if !isIndex {
			continue
		}
		delete(tree, name)
		if fresh(tree) {
			t.Errorf("%s is missing", base)
		}
		tree[name] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		if fresh(tree) {
			t.Errorf("%s is a directory", base)
		}
	}
	for _, input := range moddir.BuildFiles() { // what is missing is not newer
		tree := made()
		delete(tree, dir+input)
		if !fresh(tree) {
			t.Errorf("without %s", input)
		}
	}
	older := made()
	older[dir+"k/a.ko"].ModTime = now.Add(-time.Hour)
	if !fresh(older) {
		t.Error("an older module")
	}
}
