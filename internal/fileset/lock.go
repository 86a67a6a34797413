package fileset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
)

// lockName is the file in the set's directory that runs lock. Only its owner
// may open it: a lock on the directory itself, or on a file that others can
// read, would let every user keep root waiting.
const lockName = ".modules-lock"

// takeLock waits for the lock. If there can be none, the error wraps
// errors.ErrUnsupported. Anything but a file in place of the lock, which no run
// makes, is moved aside.
func (d *disk) takeLock() error {
	for {
		if err := d.clearLock(); err != nil {
			return named(lockName, err)
		}
		f, err := d.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE|openfile.Flags, 0o600)
		if err != nil {
			return named(lockName, err)
		}
		if err = d.noLock; err == nil {
			err = sys.Lock(f)
		}
		if err != nil {
			f.Close()
			d.root.Remove(lockName)
			return err
		}
		// The previous holder of the lock has removed the file.
		held, err := f.Stat()
		if err == nil && held.Mode().IsRegular() {
			if present, err := d.root.Lstat(lockName); err == nil && os.SameFile(held, present) {
				d.lock = f
				return nil
			}
		}
		f.Close()
		if err != nil {
			return err
		}
	}
}

// clearLock removes anything but a file in place of the lock. A directory that
// is not empty is kept under another name.
//
// Only one run does that at a time, or it could remove the lock of another that
// has just done it. Not all file systems have locks on directories.
func (d *disk) clearLock() error {
	info, err := d.root.Lstat(lockName)
	if err != nil || info.Mode().IsRegular() {
		return exists(err)
	}
	dir, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	_ = sys.Lock(dir)
	if info, err = d.root.Lstat(lockName); err != nil || info.Mode().IsRegular() {
		return exists(err)
	}
	err = d.remove(lockName)
	for n := 1; err != nil && info.IsDir() && n <= maxAside; n++ {
		aside := fmt.Sprintf("%s.%d", lockName, n)
		if _, there := d.root.Lstat(aside); !errors.Is(there, fs.ErrNotExist) {
			continue
		}
		err = exists(d.rename(lockName, aside))
	}
	return err
}

// maxAside is how many directories may be moved aside before a person has to
// look.
const maxAside = 100

// giveLock releases the lock and leaves nothing behind.
func (d *disk) giveLock() {
	if d.lock != nil {
		d.root.Remove(lockName)
		d.lock.Close()
	}
}
