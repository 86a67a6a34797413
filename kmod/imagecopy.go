package kmod

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/memfs"
	"github.com/gokmod/gokmod/internal/openfile"
)

// CopyTo writes the tree that [Closure.FS] describes below a directory, which is
// made if need be. Nothing is written anywhere else: not through symbolic links
// either, which may lead to other places below the directory only.
//
// All files are first written to a folder of their own within the directory and
// then put in their places by renaming, the module directory as a whole and last,
// so that an error leaves no half of it. It must not be there before: the error
// then wraps fs.ErrExist. Firmware and configuration of the same names are
// replaced.
func (c *Closure) CopyTo(ctx context.Context, dir string, opts *ImageOptions) error {
	image, err := c.image(ctx, opts)
	if err != nil {
		return err
	}
	if err := copyImage(ctx, image, dir, imageModules+c.db.release); err != nil {
		return fmt.Errorf("copy modules to %s: %w", dir, err)
	}
	return nil
}

// copyImage writes an image whose module directory is modules.
func copyImage(ctx context.Context, image *memfs.FS, dir, modules string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if _, err := root.Lstat(filepath.FromSlash(modules)); err == nil {
		return &fs.PathError{Op: "make", Path: modules, Err: fs.ErrExist}
	}
	c := imageCopier{ctx: ctx, root: root, image: image, staged: fmt.Sprintf(".kmod-%016x", rand.Uint64())}
	if err := root.Mkdir(c.staged, 0o700); err != nil {
		return err
	}
	defer root.RemoveAll(c.staged)
	if err := c.folders(); err != nil {
		return err
	}
	names := image.Files()
	for _, name := range names {
		if err := c.write(name); err != nil {
			return err
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, modules+"/") })
	names = append(names, modules)
	for _, put := range []func(name string) error{c.makeRoom, c.place} {
		for _, name := range names {
			if err := put(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// imageCopier writes an image.
type imageCopier struct {
	ctx    context.Context
	root   *os.Root
	image  *memfs.FS
	staged string // where files are until all of them are complete
}

// folders makes the folders of the image in the staging folder.
func (c *imageCopier) folders() error {
	for _, name := range c.image.Dirs() {
		if name == "." {
			continue
		}
		dir := filepath.FromSlash(c.staged + "/" + name)
		if err := c.root.Mkdir(dir, 0o755); err != nil {
			return err
		}
		if err := openfile.Modeless(c.root.Chmod(dir, 0o755)); err != nil {
			return err
		}
	}
	return nil
}

// errChanged: a file is not what it was when its size was asked for.
var errChanged = errors.New("the file changed while it was copied")

// write writes a file to the staging folder.
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
	to := filepath.FromSlash(c.staged + "/" + name)
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
	return errors.Join(err, f.Close())
}

// makeRoom makes the folder that a name belongs in, and makes sure that no folder
// is in its place: what can fail is done before anything is replaced.
func (c *imageCopier) makeRoom(name string) error {
	name = filepath.FromSlash(name)
	if err := c.root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if info, err := c.root.Lstat(name); err == nil && info.IsDir() {
		return &fs.PathError{Op: "replace", Path: name, Err: errFolder}
	}
	return nil
}

var errFolder = errors.New("there is a folder in its place")

// place puts a staged file or folder where it belongs.
func (c *imageCopier) place(name string) error {
	return c.root.Rename(filepath.FromSlash(c.staged+"/"+name), filepath.FromSlash(name))
}
