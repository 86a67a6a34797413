package tree

import (
	"fmt"
	"os"
	"testing"
)

// TestChangedLinks: cached links do not keep a file from being found after they
// changed.
func TestChangedLinks(t *testing.T) {
	root := layout{"root/1/f": "one", "root/2/f": "two", "root/l": "-> /1"}.write(t)
	trees := forms(t, root, true)
	for form, tree := range trees {
		if got, err := read(tree, "l/f"); got != "one" {
			t.Fatalf("%s: %q, %v", form, got, err)
		}
	}
	for _, change := range []func() error{
		func() error { return os.Remove(root + "/l") }, func() error { return os.Symlink("/2", root+"/l") },
		func() error { return os.RemoveAll(root + "/1") },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
	}
	for form, tree := range trees {
		if got, err := read(tree, "l/f"); got != "two" {
			t.Errorf("%s: %q, %v", form, got, err)
		}
	}
	if err := os.Symlink("2", root+"/1"); err != nil {
		t.Fatal(err)
	}
	for form, tree := range trees {
		if got, err := read(tree, "1/f"); got != "two" {
			t.Errorf("%s: %q, %v", form, got, err)
		}
	}
}

// TestDirCache: the cache does not grow without bound.
func TestDirCache(t *testing.T) {
	var c dirCache
	for i := range 2*maxDirs + 1 {
		c.put(fmt.Sprint(i), dirPlace{})
	}
	if _, known := c.get(fmt.Sprint(2 * maxDirs)); !known || len(c.dirs) > maxDirs {
		t.Errorf("%d directories are remembered; the last is: %v", len(c.dirs), known)
	}
	if !c.forget(fmt.Sprint(2*maxDirs)) || c.forget("none") {
		t.Error("forgetting is wrong")
	}
}

// TestDirCacheFull: below its bound the cache drops nothing, and an entry that is put
// again takes no room.
func TestDirCacheFull(t *testing.T) {
	var c dirCache
	for i := range maxDirs {
		c.put(fmt.Sprint(i), dirPlace{links: i})
	}
	for i := range maxDirs {
		if d, known := c.get(fmt.Sprint(i)); !known || d.links != i {
			t.Fatalf("directory %d is %v, known %v", i, d, known)
		}
	}
}

// TestDirCacheForget: a directory is dropped with those that contain it, and no others.
func TestDirCacheForget(t *testing.T) {
	var c dirCache
	for _, name := range []string{"a", "a/b", "a/b/c", "a/b/c/d", "a/x", "b"} {
		c.put(name, dirPlace{})
	}
	if !c.forget("a/b/c") || c.forget("a/b/c") || c.forget(".") {
		t.Error("whether it was known is wrong")
	}
	for name, want := range map[string]bool{"a": false, "a/b": false, "a/b/c": false, "a/b/c/d": true,
		"a/x": true, "b": true} {
		if _, known := c.get(name); known != want {
			t.Errorf("%s is known: %v", name, known)
		}
	}
}
