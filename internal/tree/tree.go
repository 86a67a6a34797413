// Package tree gives access to the files below a root: the machine's, a
// directory that stands for it, or any fs.FS. Names are slash-separated and
// relative to the root, as in package io/fs. No name blocks, whatever it refers
// to.
//
// Below a directory other than "/", symbolic links are resolved as if that were
// "/", and nothing leads out of it. The exception is a tree with host links: there
// a link that is absolute, or climbs over the root, is followed on the host if it
// has no target below the root. A target below the root does not count if it is the
// link itself, or a directory that contains it. Such trees are for reading:
// [Tree.OpenDir] and [Tree.MakeDir], which are for writing, never leave the root.
//
// The cost of a name is bounded, whatever the links are. The name may have 4,095 bytes,
// and so may the path that it leads to (ENAMETOOLONG). It may lead through 40 links, and
// everything that is examined on the way may have 32,768 elements in total (ELOOP):
// examining a/b/c counts 3, since without openat2(2) it takes that many steps, and so
// does each element of a link's text. If openat2 follows the links, the kernel bounds
// the work.
package tree

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
)

// Tree is the file system below a root. It is safe for concurrent use.
type Tree struct {
	FS     fs.FS
	Prefix string // of names in messages: the root with a final slash, "" for an fs.FS

	root *rootFS // nil for "/" and for an fs.FS
}

// New makes the tree of a file system.
func New(fsys fs.FS) *Tree { return &Tree{FS: fsys} }

// Open makes the tree of a directory of this machine; "" means "/". With hostLinks
// its links may lead out.
func Open(dir string, hostLinks bool) (*Tree, error) {
	if dir == "" || dir == "/" {
		return &Tree{FS: hostFS(""), Prefix: "/"}, nil
	}
	root, err := newRootFS(dir, hostLinks)
	if err != nil {
		return nil, fmt.Errorf("open the root %s: %w", dir, openfile.Cause(err))
	}
	if !strings.HasSuffix(dir, "/") {
		dir += "/"
	}
	return &Tree{FS: root, Prefix: dir, root: root}, nil
}

// Of makes the tree of fsys or, if that is nil, of a directory of this machine.
func Of(fsys fs.FS, dir string, hostLinks bool) (*Tree, error) {
	if fsys != nil {
		return New(fsys), nil
	}
	return Open(dir, hostLinks)
}

// ForConfig is the tree that configuration is read from: the one below the
// directory configRoot or, if that is "" or the same, t, which is Of(fsys, dir,
// hostLinks).
func (t *Tree) ForConfig(fsys fs.FS, dir, configRoot string, hostLinks bool) (*Tree, error) {
	if configRoot == "" || configRoot == dir && fsys == nil {
		return t, nil
	}
	return Open(configRoot, hostLinks)
}

// Close releases the root. It may be called more than once.
func (t *Tree) Close() error {
	if t.root == nil {
		return nil
	}
	return t.root.Close()
}

// Show returns the path of a file in messages.
func (t *Tree) Show(name string) string { return t.Prefix + name }

// IsDir reports whether name is a directory.
func (t *Tree) IsDir(name string) bool {
	mode, err := openfile.Mode(t.FS, name)
	return err == nil && mode.IsDir()
}

// OpenFile opens a regular file. The error does not name it.
func (t *Tree) OpenFile(name string) (fs.File, fs.FileInfo, error) {
	return openfile.OpenFS(t.FS, name)
}

// Local cleans a path that is relative to some directory. It reports false for
// one that leaves the directory, or is the directory itself.
func Local(name string) (string, bool) {
	if fs.ValidPath(name) && name != "." {
		return name, true
	}
	name = path.Clean(name)
	return name, fs.ValidPath(name) && name != "."
}

// Below is Local for a path from a user, which may be absolute and have the
// separators of this system.
func Below(path string) (string, bool) {
	return Local(strings.TrimLeft(filepath.ToSlash(path), "/"))
}

// Names turns paths from a user into names in a tree. A path that leaves the
// tree becomes a name that no file system accepts.
func Names(paths []string) []string {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = strings.TrimLeft(filepath.ToSlash(filepath.Clean(path)), "/")
	}
	return names
}
