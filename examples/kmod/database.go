package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/gokmod/gokmod/kmod"
)

// openDB opens the indexes of a release ("" for the running kernel) below root
// ("" for the machine's own). Configuration is that of the machine, or of the
// folders and files in configs if there are any.
func (c *command) openDB(root, release string, configs ...string) (*kmod.DB, error) {
	config := c.config
	cfg := &config
	cfg.Release, cfg.AllowExternal = release, true
	if len(configs) > 0 {
		cfg.ConfigDirs = configs
	}
	if root != "" && root != "/" {
		cfg.Root = c.path(root)
		if strings.HasSuffix(root, "/") {
			cfg.Root += "/" // as in the paths that kmod makes of it
		}
	}
	db, err := kmod.Open(cfg)
	if cfg.Root != "" && errors.Is(err, fs.ErrNotExist) {
		cfg.FS = os.DirFS(cfg.Root) // configuration counts also without modules
		db, err = kmod.Open(cfg)
	}
	return db, err
}

// moduleDir is the module directory by which messages call it, also when there
// is no DB of it.
func (c *command) moduleDir(root, release string) string {
	if root != "" && root != "/" {
		root = c.path(root)
	} else {
		root = ""
	}
	return root + "/lib/modules/" + release
}
