package openfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace puts a file with the content that fill writes into the place of the one
// of that name, if there is one: readers see the old or the new one whole, and of
// several writers one wins. Symbolic links stay, and the file that they lead to is
// replaced. What is there must be a regular file. mode has the permissions,
// whatever the umask; 0 leaves them to whoever runs the program alone. With sync
// the content is on the disk before the file has its name.
func Replace(name string, mode fs.FileMode, sync bool, fill func(f *os.File) error) error {
	name, err := place(name)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.tmp")
	if err != nil {
		return err
	}
	err = fill(f)
	if err == nil && mode != 0 {
		err = f.Chmod(mode)
	}
	if err == nil && sync {
		err = f.Sync()
	}
	// Some file systems tell of a full disk on closing.
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// place is where a file that is to be replaced by renaming lies, behind all
// symbolic links. What is there must be a regular file, if anything: whoever
// names a device or a pipe wants no file to take its place.
func place(name string) (string, error) {
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
