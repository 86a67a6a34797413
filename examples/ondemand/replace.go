package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// errNotRegular means that a name refers to something other than a regular file.
var errNotRegular = errors.New("not a regular file")

// replace replaces the file with the given name, if there is one, with a file written by
// fill: readers see the whole old or the whole new one. A symbolic link stays, and the
// file that it leads to is replaced. An existing file must be regular: a device or a
// pipe must not be replaced with a file.
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
	// Some file systems report a full disk on closing.
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
