package kmod

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
)

// tree is the file system below a DB's root. Names are slash-separated and
// relative to the root, as in package io/fs.
type tree struct {
	fsys   fs.FS
	prefix string // of the names when shown to people: the root with a final slash, "" for an fs.FS
	root   io.Closer
}

func openTree(cfg *Config) (*tree, error) {
	if cfg.FS != nil {
		return &tree{fsys: cfg.FS}, nil
	}
	return rootTree(cfg.Root)
}

// configTree is the tree that configuration is read from; modules is that of
// the modules.
func configTree(modules *tree, cfg *Config) (*tree, error) {
	if cfg.ConfigRoot == "" || cfg.ConfigRoot == cfg.Root && cfg.FS == nil {
		return modules, nil
	}
	return rootTree(cfg.ConfigRoot)
}

// rootTree is the tree below a directory of this machine.
func rootTree(dir string) (*tree, error) {
	if dir == "" || dir == "/" {
		return &tree{fsys: hostFS{}, prefix: "/"}, nil
	}
	root, err := newRootFS(dir)
	if err != nil {
		return nil, fmt.Errorf("open the root %s: %w", dir, openfile.Cause(err))
	}
	if !strings.HasSuffix(dir, "/") {
		dir += "/"
	}
	return &tree{fsys: root, prefix: dir, root: root}, nil
}

func (t *tree) close() error {
	if t.root == nil {
		return nil
	}
	return t.root.Close()
}

// show is the path by which people know a file.
func (t *tree) show(name string) string { return t.prefix + name }

// isDir reports whether name is a directory.
func (t *tree) isDir(name string) bool {
	info, err := fs.Stat(t.fsys, name)
	return err == nil && info.IsDir()
}

// open opens a regular file. The error does not name it.
func (t *tree) open(name string) (fs.File, fs.FileInfo, error) {
	return openfile.OpenFS(t.fsys, name)
}

// hostFS is the machine's own file system. Symbolic links may lead anywhere.
type hostFS struct{}

func (hostFS) Open(name string) (fs.File, error) {
	return os.OpenFile("/"+name, openfile.Flags, 0)
}

func (hostFS) OpensNonblocking() {}

func (hostFS) Stat(name string) (fs.FileInfo, error) { return os.Stat("/" + name) }

// localPath cleans a path that an index gives relative to the module
// directory. It reports false for one that leaves it.
func localPath(name string) (string, bool) {
	if fs.ValidPath(name) && name != "." {
		return name, true
	}
	name = path.Clean(name)
	return name, fs.ValidPath(name) && name != "."
}
