package fileset

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
)

// File is a file of a set.
type File struct {
	// Name is the file's name in the directory, without a path.
	Name string
	// Data is the content. Nil is an empty file.
	Data []byte
	// Mode has the permissions, whatever the umask. Zero means 0644.
	Mode fs.FileMode
}

// Options change how a set is replaced. The zero value and nil are the same.
type Options struct {
	// Sync makes the promise hold through a power failure too: everything is on
	// the disk when Replace returns, and at every step the disk has what it
	// needs. That costs several flushes. Without it the promise holds for
	// everything that the kernel survives.
	Sync bool
}

// Replace makes files the set in the directory dir; other names in it stay, and nothing is
// ever written outside it. Leftovers of interrupted runs are cleaned up first: links become
// files again, with the content that they lead to, and the directories that they lead to are
// removed. It waits for other runs in the same directory, of this process and of others. The
// error is an *Error, which tells what is in place; see the package documentation for what is
// promised.
//
// A name that is a symbolic link becomes a file; the link's target is not
// touched. A directory or anything else that is not a file is an error.
func Replace(dir *os.Root, files []File, opts *Options) error {
	return replace(dir, files, opts, hooks{})
}

func replace(dir *os.Root, files []File, opts *Options, h hooks) error {
	if opts == nil {
		opts = &Options{}
	}
	state, err := Old, check(files)
	if err == nil {
		state, err = replaceChecked(dir, files, opts, h)
	}
	return wrap(dir.Name(), state, err)
}

func replaceChecked(dir *os.Root, files []File, opts *Options, h hooks) (State, error) {
	d, err := open(dir, opts.Sync, h)
	if err != nil {
		return Old, err
	}
	defer d.giveLock()
	if d.lock != nil {
		stale, err := d.settleStale()
		if err != nil {
			return Old, err
		}
		// A directory that cannot be removed is not a reason to fail forever.
		d.removeStale(stale)
	}
	if err := d.replaceable(files); err != nil {
		return Old, err
	}
	return d.replace(files)
}

// check refuses names that are not plain, or that are repeated.
func check(files []File) error {
	seen := make(map[string]bool, len(files))
	for _, f := range files {
		switch {
		case !plainName(f.Name) || IsRun(f.Name) || f.Name == lockName:
			return named(f.Name, fs.ErrInvalid)
		case seen[f.Name]:
			return named(f.Name, errTwice)
		}
		seen[f.Name] = true
	}
	return nil
}

var errTwice = errors.New("the name is repeated")

func plainName(name string) bool {
	return filepath.IsLocal(name) && path.Base(name) == name && name != "." && !strings.ContainsAny(name, "\\\x00")
}

// replaceable refuses names that a file cannot replace.
func (d *disk) replaceable(files []File) error {
	for _, f := range files {
		info, err := d.root.Lstat(f.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return named(f.Name, err)
		case !info.Mode().IsRegular() && info.Mode().Type() != fs.ModeSymlink:
			return named(f.Name, openfile.ErrNotRegular)
		}
	}
	return nil
}
