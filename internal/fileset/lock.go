package fileset

import (
	"os"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
)

// lockName is the file in the folder of the set that runs lock. Only its owner
// may open it: a lock on the folder itself, or on a file that others can read,
// would let every user keep root waiting.
const lockName = ".modules-lock"

// takeLock waits for the lock. Where there can be none the error wraps
// errors.ErrUnsupported.
func (d *disk) takeLock() error {
	for {
		f, err := d.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return named(lockName, err)
		}
		if err := sys.Lock(f); err != nil {
			f.Close()
			d.root.Remove(lockName)
			return err
		}
		// Whoever had the lock before has removed the file.
		held, err := f.Stat()
		if err == nil && !held.Mode().IsRegular() {
			err = named(lockName, openfile.ErrNotRegular)
		}
		if err != nil {
			f.Close()
			return err
		}
		if present, err := d.root.Stat(lockName); err == nil && os.SameFile(held, present) {
			d.lock = f
			return nil
		}
		f.Close()
	}
}

// giveLock ends the lock and leaves nothing of it.
func (d *disk) giveLock() {
	if d.lock != nil {
		d.root.Remove(lockName)
		d.lock.Close()
	}
}
