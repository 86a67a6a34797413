package openfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Replace puts a file with the content that fill writes into the place of the one
// of that name, if there is one: readers see the old or the new one whole, and of
// several writers one wins. Symbolic links stay: the file that they lead to is
// replaced, or made where they lead to none. What is there must be a regular file.
// mode has the permissions, whatever the umask; 0 leaves them to whoever runs the
// program alone. With sync the content is on the disk before the file has its name.
// What earlier calls for that name left when they were killed goes, see Tidy.
func Replace(name string, mode fs.FileMode, sync bool, fill func(f *os.File) error) error {
	name, err := place(name)
	if err != nil {
		return err
	}
	f, err := create(name)
	if err != nil {
		return err
	}
	defer f.unlock()
	if f.lock != nil {
		tidy(name)
	}
	err = fill(f.File)
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

// maxLinks is how many symbolic links are followed from one to the next, as many
// as Linux does.
const maxLinks = 40

// place is where a file that is to be replaced by renaming lies, behind all
// symbolic links, whether or not it is there yet. What is there must be a regular
// file: whoever names a device or a pipe wants no file to take its place.
func place(name string) (string, error) {
	at, err := climb(name)
	if err != nil {
		return "", err
	}
	for range maxLinks + 1 { // and what the last one leads to
		info, err := os.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return at, nil // in a directory that is there, or no file can be made
		case err != nil:
			return "", err
		case info.Mode().IsRegular():
			return at, nil
		case info.Mode().Type() != fs.ModeSymlink:
			return "", &fs.PathError{Op: "replace", Path: name, Err: ErrNotRegular}
		}
		if at, err = target(at); err != nil {
			return "", err
		}
	}
	return "", &fs.PathError{Op: "replace", Path: name, Err: syscall.ELOOP}
}

// target is the path that a symbolic link leads to.
func target(link string) (string, error) {
	text, err := os.Readlink(link)
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(text) {
		text = filepath.Dir(link) + string(filepath.Separator) + text
	}
	return climb(text)
}

// climb returns a path without "..", if its directory is there. For the system that is
// above the directory that a link really leads to, for package filepath above the link.
func climb(name string) (string, error) {
	dir, base := filepath.Split(name)
	if !strings.Contains(dir, "..") {
		return name, nil
	}
	dir, err := filepath.EvalSymlinks(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return name, nil
	case err != nil:
		return "", &fs.PathError{Op: "replace", Path: name, Err: Cause(err)}
	}
	return filepath.Join(dir, base), nil
}
