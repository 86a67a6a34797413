package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// errNotRegular means that a name stands for something else than a regular file.
var errNotRegular = errors.New("not a regular file")

// replace puts a file with what fill writes in the place of the one of that name, if
// there is one: readers see the old or the new one whole. A symbolic link stays, and the
// file that it leads to is replaced. What is there must be a regular file: whoever names
// a device or a pipe does not want a file in its place.
func replace(name string, fill func(*os.File) error) error {
	place := name
	if target, err := filepath.EvalSymlinks(name); err == nil {
		place = target
	}
	if info, err := os.Lstat(place); err == nil && !info.Mode().IsRegular() {
		return &fs.PathError{Op: "replace", Path: name, Err: errNotRegular}
	}
	f, err := os.CreateTemp(filepath.Dir(place), filepath.Base(place)+".*.tmp")
	if err != nil {
		return err
	}
	err = fill(f)
	if err == nil {
		err = f.Chmod(0o644) // whatever the umask
	}
	// Some file systems tell of a full disk on closing.
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), place)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
