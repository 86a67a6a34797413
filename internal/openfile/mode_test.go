package openfile

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"
)

// moderFS tells types without fs.Stat.
type moderFS struct{ fstest.MapFS }

func (moderFS) Mode(name string) (fs.FileMode, error) {
	if name == "dir" {
		return fs.ModeDir, nil
	}
	return 0, fs.ErrNotExist
}

// TestMode: a file system that can tell the type itself is asked.
func TestMode(t *testing.T) {
	files := fstest.MapFS{"file": {}}
	if mode, err := Mode(files, "file"); mode != 0 || err != nil {
		t.Errorf("a file: %v, %v", mode, err)
	}
	own := moderFS{files}
	if mode, err := Mode(own, "dir"); mode != fs.ModeDir || err != nil {
		t.Errorf("a directory: %v, %v", mode, err)
	}
	for _, fsys := range []fs.FS{files, own} {
		if _, err := Mode(fsys, "none"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file that does not exist: %v", err)
		}
	}
}
