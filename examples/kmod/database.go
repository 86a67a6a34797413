package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/gokmod/gokmod/kmod"
)

// openDB opens the indexes of a release ("" for the running kernel) below root
// ("" for the machine's own), with the configuration in places.
func (c *command) openDB(root, release string, places configPlaces) (*kmod.DB, error) {
	config := c.config
	cfg := &config
	cfg.Release, cfg.AllowExternal = release, true
	if places.dirs != nil {
		cfg.ConfigDirs, cfg.ConfigFiles = places.dirs, places.files
	}
	if root != "" && root != "/" {
		cfg.Root, cfg.HostLinks = c.path(root), true
		if strings.HasSuffix(root, "/") {
			cfg.Root += "/" // as in the paths that kmod makes of it
		}
	}
	db, err := kmod.Open(cfg)
	if cfg.Root != "" && errors.Is(err, fs.ErrNotExist) {
		cfg.FS = os.DirFS(cfg.Root) // configuration counts even without modules
		db, err = kmod.Open(cfg)
	}
	return db, err
}

// releaseName returns the kernel release that an argument names. Scripts may
// pass it with slashes after it ("cd /lib/modules; for release in */ …") or "./"
// before it. An argument without a name stands for none, unlike an option that
// is not given.
func releaseName(arg string) string {
	name := "."
	for part := range strings.SplitSeq(arg, "/") {
		switch {
		case part == "" || part == ".":
		case name == ".":
			name = part
		default:
			return arg // which the library does not accept as a release
		}
	}
	return name
}

// moduleDir returns the name of the module directory in messages, even if there
// is no DB of it.
func (c *command) moduleDir(root, release string) string {
	if root != "" && root != "/" {
		root = c.path(root)
	} else {
		root = ""
	}
	return root + "/lib/modules/" + release
}
