package openfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Place is where a file that is to be replaced by renaming lies, behind all
// symbolic links. What is there must be a regular file, if anything: whoever
// names a device or a pipe wants no file to take its place.
func Place(name string) (string, error) {
	target, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		return name, nil
	}
	if err != nil {
		return "", err
	}
	info, err := os.Lstat(target)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "replace", Path: name, Err: ErrNotRegular}
	}
	return target, err
}
