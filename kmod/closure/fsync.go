package closure

import (
	"path"
	"path/filepath"
	"slices"

	"github.com/gokmod/gokmod/internal/openfile"
)

// syncStaged flushes the directories in the staging directory to the disk, before
// any of them is moved into place.
func (c *imageCopier) syncStaged() error {
	if c.sync == nil {
		return nil
	}
	for _, name := range slices.Backward(c.image.Dirs()) {
		if err := c.syncDir(c.staging.place(name)); err != nil {
			return err
		}
	}
	return nil
}

// syncPlaces flushes the directories into which something was moved, and those above
// them, which may be new.
func (c *imageCopier) syncPlaces() error {
	if c.sync == nil {
		return nil
	}
	synced := map[string]bool{}
	for _, dir := range c.dirs {
		for ; !synced[dir]; dir = path.Dir(dir) {
			if err := c.syncDir(dir); err != nil {
				return err
			}
			synced[dir] = true
		}
	}
	return nil
}

func (c *imageCopier) syncDir(name string) error {
	f, err := c.root.Open(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	defer f.Close()
	return openfile.Modeless(c.sync(f)) // not every system can sync directories
}
