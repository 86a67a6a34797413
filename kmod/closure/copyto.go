package closure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/memfs"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/reason"
)

// CopyTo writes the tree that [Closure.FS] describes below a directory, which it
// makes if necessary. It writes nothing anywhere else: symbolic links on the way, as
// from lib to usr/lib, lead where they would if that directory were "/", and the
// target of an absolute one must exist. Links in the place of files are replaced.
//
// All files are first written to a directory of their own within that directory
// and then put in their places by renaming, the module directory as a whole and
// last, so that an error leaves no half of it. It must not be there before: the
// error then wraps fs.ErrExist. Firmware and configuration of the same names are
// replaced. What a call leaves behind whose process was killed, the next one
// removes, on systems that can lock directories.
func (c *Closure) CopyTo(ctx context.Context, dir string, opts *TreeOptions) error {
	image, err := c.image(ctx, opts)
	if err != nil {
		return err
	}
	var sync func(*os.File) error
	if opts != nil && opts.Sync {
		sync = (*os.File).Sync
	}
	if err := copyImage(ctx, image, dir, moddir.Of(c.db.Release()), sync); err != nil {
		return fmt.Errorf("copy modules to %s: %w", dir, err)
	}
	return nil
}

// copyImage writes an image whose module directory is modules.
func copyImage(ctx context.Context, image *memfs.FS, dir, modules string, sync func(*os.File) error) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := cleanStagings(root); err != nil {
		return err
	}
	c := imageCopier{ctx: ctx, root: root, image: image, sync: sync, dirs: map[string]string{}}
	place, err := c.placeOf(modules)
	if err != nil {
		return err
	}
	if _, err := root.Lstat(place); err == nil {
		return &fs.PathError{Op: "make", Path: modules, Err: fs.ErrExist}
	}
	if c.staging, err = newStaging(root); err != nil {
		return err
	}
	return errors.Join(c.copy(modules), c.staging.remove())
}

// imageCopier writes an image.
type imageCopier struct {
	ctx     context.Context
	root    *os.Root
	image   *memfs.FS
	sync    func(*os.File) error // flushes a file to the disk, nil not to
	staging *staging
	dirs    map[string]string // the real directory of each in the image
}

// copy writes all files, then moves them into place, the module directory as a
// whole.
func (c *imageCopier) copy(modules string) error {
	if err := c.makeDirs(); err != nil {
		return err
	}
	names := c.image.Files()
	for _, name := range names {
		if err := c.write(name); err != nil {
			return err
		}
	}
	if err := c.syncStaged(); err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, modules+"/") })
	names = append(names, modules)
	for _, put := range []func(name string) error{c.makeRoom, c.put} {
		for _, name := range names {
			if err := put(name); err != nil {
				return err
			}
		}
	}
	return c.syncPlaces()
}

// makeDirs makes the directories of the image in the staging directory.
func (c *imageCopier) makeDirs() error {
	for _, name := range c.image.Dirs() {
		if name == "." {
			continue
		}
		dir := filepath.FromSlash(c.staging.place(name))
		if err := c.root.Mkdir(dir, 0o755); err != nil {
			return err
		}
		if err := openfile.Modeless(c.root.Chmod(dir, 0o755)); err != nil {
			return err
		}
	}
	return nil
}

// errChanged: a file is not as long as its size said when it was opened.
var errChanged = errors.New("the file changed while it was copied")

// write writes a file to the staging directory.
func (c *imageCopier) write(name string) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	from, err := c.image.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	to := filepath.FromSlash(c.staging.place(name))
	f, err := c.root.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	n, err := io.Copy(f, from)
	if err == nil && n != info.Size() {
		err = &fs.PathError{Op: "copy", Path: name, Err: errChanged}
	}
	if err == nil {
		err = openfile.Modeless(f.Chmod(info.Mode().Perm())) // whatever the umask
	}
	if err == nil && c.sync != nil {
		err = c.sync(f)
	}
	return errors.Join(err, f.Close())
}

// placeOf returns where a name of the image belongs, as a path of this system.
func (c *imageCopier) placeOf(name string) (string, error) {
	dir, base := path.Split(name)
	real, known := c.dirs[dir]
	if !known {
		var err error
		if real, err = realDir(c.root, dir); err != nil {
			return "", err
		}
		c.dirs[dir] = real
	}
	return filepath.FromSlash(path.Join(real, base)), nil
}

// makeRoom makes the directory that a name belongs in, and makes sure that no
// directory is in its place: everything that can fail comes before the first file
// is replaced.
func (c *imageCopier) makeRoom(name string) error {
	place, err := c.placeOf(name)
	if err != nil {
		return err
	}
	if err := c.root.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		return err
	}
	if info, err := c.root.Lstat(place); err == nil && info.IsDir() {
		return &fs.PathError{Op: "replace", Path: name, Err: errDirectory}
	}
	return nil
}

var errDirectory = reason.New("there is a directory in its place", fs.ErrExist)

// put moves a staged file or directory into place.
func (c *imageCopier) put(name string) error {
	place, err := c.placeOf(name)
	if err != nil {
		return err
	}
	return c.root.Rename(filepath.FromSlash(c.staging.place(name)), place)
}
