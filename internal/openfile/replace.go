package openfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Replace replaces the file with the given name, if there is one, with a file whose
// content fill writes: readers see the whole old or the whole new one, and of
// several writers one wins. Symbolic links stay: the file that they lead to is
// replaced, or created if it does not exist. An existing file must be regular. mode
// has the permissions, whatever the umask; 0 gives access to the user who runs the
// program only. With sync the content is on the disk before the file has its name.
// Leftovers of killed calls for that name are removed, see Tidy.
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
	// Some file systems report a full disk on closing.
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

// maxLinks is how many symbolic links are followed in a row, as many as Linux
// follows.
const maxLinks = 40

// place resolves all symbolic links to the path of the file to replace, whether
// or not it exists. An existing file must be regular: a device or pipe must not
// be replaced with a file.
func place(name string) (string, error) {
	at, err := climb(name)
	if err != nil {
		return "", err
	}
	for range maxLinks + 1 { // and what the last one leads to
		info, err := os.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return at, nil // in an existing directory, or no file can be created
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

// climb returns a path without "..", if its directory exists. For the system, ".." is
// above the directory that a link leads to, for package filepath above the link.
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
