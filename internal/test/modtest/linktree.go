package modtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// LinkTree makes a copy of a directory without symbolic links. It shares the files or, if
// that is impossible, has their contents. Tools that replace files leave the original
// alone; those that write into them do not.
func LinkTree(from, to string) error {
	return filepath.WalkDir(from, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink != 0 {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(name, from))
		if e.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		if os.Link(name, target) == nil {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	})
}
