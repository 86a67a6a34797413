package fileset

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/openfile"
)

// hooks are for tests.
type hooks struct {
	// step is called before every change to the file system; an error replaces
	// the change.
	step func(op, name string) error

	// noFlush skips operations that are slow and matter only after a power
	// failure.
	noFlush bool

	// noLock, if not nil, is what taking the lock fails with.
	noLock error
}

// disk is the directory. All changes to the file system go through it.
type disk struct {
	root  *os.Root
	lock  *os.File // nil if there can be none
	flush bool
	hooks
}

// open waits for the lock of a directory, if there can be one.
func open(dir *os.Root, flush bool, h hooks) (*disk, error) {
	d := &disk{root: dir, flush: flush, hooks: h}
	if err := d.takeLock(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, err
	}
	return d, nil
}

func (d *disk) before(op, name string) error {
	if d.step == nil {
		return nil
	}
	return d.step(op, name)
}

// mkdir makes a directory that everyone can list, whatever the umask.
func (d *disk) mkdir(name string) error {
	if err := d.before("mkdir", name); err != nil {
		return err
	}
	if err := d.root.Mkdir(name, 0o755); err != nil {
		return err
	}
	info, err := d.root.Lstat(name)
	if err != nil || info.Mode().Perm() == 0o755 {
		return err
	}
	if err := d.before("chmod", name); err != nil {
		return err
	}
	return openfile.Modeless(d.root.Chmod(name, 0o755))
}

// create makes a new file with the given content.
func (d *disk) create(name string, data []byte, mode fs.FileMode) error {
	return d.write(name, mode, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// write makes a new file with the content that fill writes.
func (d *disk) write(name string, mode fs.FileMode, fill func(*os.File) error) error {
	if err := d.before("create", name); err != nil {
		return err
	}
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode.Perm())
	if err != nil {
		return err
	}
	err = d.before("write", name)
	if err == nil {
		err = fill(f)
	}
	if err == nil {
		err = d.chmod(f, name, mode)
	}
	if err == nil && d.flush {
		err = d.syncFile(f, name)
	}
	// Some file systems report a full disk on closing.
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// chmod undoes the umask.
func (d *disk) chmod(f *os.File, name string, mode fs.FileMode) error {
	info, err := f.Stat()
	if err != nil || info.Mode().Perm() == mode.Perm() {
		return err
	}
	if err := d.before("chmod", name); err != nil {
		return err
	}
	return openfile.Modeless(f.Chmod(mode.Perm()))
}

func (d *disk) syncFile(f *os.File, name string) error {
	if err := d.before("sync", name); err != nil || d.noFlush {
		return err
	}
	return f.Sync()
}

// sync puts the names in directories on the disk, if requested.
func (d *disk) sync(dirs ...string) error {
	if !d.flush || runtime.GOOS == "windows" {
		return nil
	}
	for _, name := range dirs {
		f, err := d.root.Open(name)
		if err != nil {
			return err
		}
		err = d.syncFile(f, name)
		f.Close()
		// Not every file system can flush directories.
		if err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	return nil
}

func (d *disk) link(from, to string) error {
	if err := d.before("link", to); err != nil {
		return err
	}
	return d.root.Link(from, to)
}

func (d *disk) symlink(text, name string) error {
	if err := d.before("symlink", name); err != nil {
		return err
	}
	return d.root.Symlink(text, name)
}

func (d *disk) rename(from, to string) error {
	if err := d.before("rename", to); err != nil {
		return err
	}
	return d.root.Rename(from, to)
}

// remove removes a file, a link or an empty directory, which may be gone
// already.
func (d *disk) remove(name string) error {
	if err := d.before("remove", name); err != nil {
		return err
	}
	if err := d.root.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeAll removes a run's directory with everything in it.
func (d *disk) removeAll(name string) error { return d.removeDir(name, 1) }

// removeDir removes a directory, with subdirectories up to that depth.
// Deeper ones do not come from a run, and may be arbitrarily deep.
func (d *disk) removeDir(name string, depth int) error {
	entries, err := d.entries(name)
	if err != nil {
		return err
	}
	for _, e := range entries {
		full := path.Join(name, e.Name())
		if e.IsDir() && depth > 0 {
			err = d.removeDir(full, depth-1)
		} else {
			err = d.remove(full)
		}
		if err != nil {
			return err
		}
	}
	return d.remove(name)
}

// entries lists a directory in the order of the names.
func (d *disk) entries(name string) ([]fs.DirEntry, error) {
	f, err := d.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}
