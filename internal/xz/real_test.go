package xz

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var treeFlag = flag.String("modules", "", "`directory` with .ko.xz files; default: gokmod in the user's cache directory")

// findModules returns the paths of all real .ko.xz files.
func findModules() (paths []string) {
	roots := []string{*treeFlag}
	if *treeFlag == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil
		}
		roots, _ = filepath.Glob(filepath.Join(cache, "gokmod", "*", "lib", "modules"))
	}
	for _, root := range roots {
		_ = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".ko.xz") {
				paths = append(paths, path)
			}
			return nil
		})
	}
	return paths
}

// TestRealModules compares every real module with the xz tool's output.
func TestRealModules(t *testing.T) {
	if testing.Short() {
		t.Skip("decodes a whole tree of modules")
	}
	paths := findModules()
	if len(paths) == 0 {
		t.Skip("no tree of real .ko.xz files; name one with -modules")
	}
	tool, err := exec.LookPath("xz")
	if err != nil {
		t.Skip("no xz tool to compare with")
	}
	var buf []byte
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := exec.Command(tool, "-dc", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(buf, src, 1<<30)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: differs from the xz tool's output", path)
		}
		buf = got
	}
	t.Logf("%d modules", len(paths))
}
