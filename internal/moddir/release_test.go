package moddir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/tree"
)

// TestReleases: directories count, and links to some.
func TestReleases(t *testing.T) {
	root := modtest.Write(t, fstest.MapFS{
		"usr/lib/modules/6.12/modules.dep": {}, "usr/lib/modules/5.10/x": {}, "usr/lib/modules/file": {},
		"opt/4.19/x": {},
	})
	top := filepath.Join(root, "usr/lib/modules")
	err := errors.Join(os.Symlink("/opt/4.19", filepath.Join(top, "4.19")), os.Symlink("6.12", filepath.Join(top, "latest")),
		os.Symlink("file", filepath.Join(top, "a")), os.Symlink("/none", filepath.Join(top, "b")))
	if err != nil {
		t.Skip("no symbolic links: ", err)
	}
	files, err := tree.Open(root, false)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	if got := Top(files); got != "usr/lib/modules" {
		t.Errorf("they are in %s", got)
	}
	for most, want := range map[int]string{9: "4.19 5.10 6.12 latest", 4: "4.19 5.10 6.12 latest", 2: "4.19 5.10", 0: ""} {
		got, err := Releases(files, Top(files), most)
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%d at most: %v, %v", most, got, err)
		}
	}
	if _, err := Releases(files, "lib/modules", 9); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such directory: %v", err)
	}
	if _, err := Releases(files, "usr/lib/modules/file", 9); err != openfile.ErrNotDir {
		t.Errorf("a file: %v", err)
	}
}

// TestTop: /lib comes first, as in the names of module directories.
func TestTop(t *testing.T) {
	for want, files := range map[string]fstest.MapFS{
		"lib/modules":     {"lib/modules/1/x": {}, "usr/lib/modules/1/x": {}},
		"usr/lib/modules": {"usr/lib/modules/1/x": {}},
	} {
		if got := Top(tree.New(files)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := Top(tree.New(fstest.MapFS{})); got != "lib/modules" {
		t.Errorf("nowhere: %s", got)
	}
}
