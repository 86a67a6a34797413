package kmod

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
)

// maxLinks bounds the symbolic links on the way to a directory, as
// path_resolution(7) has it.
const maxLinks = 40

// Reasons for which a link on the way to a directory is not followed.
var (
	errLinks   = errors.New("there are too many symbolic links on the way")
	errDangles = errors.New("a symbolic link on the way leads to what is not there below the root")
)

// realDir is a directory below root without links on the way: they lead where
// they would if root were "/". What is not there is to be made, but not where an
// absolute link leads to, or one that leads above the root: those are mostly meant
// for another root.
func realDir(root *os.Root, dir string) (string, error) {
	w := placeWalk{root: root, done: ".", rest: strings.Split(dir, "/"), linkEnd: math.MaxInt}
	for len(w.rest) > 0 {
		if err := w.step(); err != nil {
			return "", &fs.PathError{Op: "find", Path: dir, Err: err}
		}
	}
	return w.done, nil
}

// placeWalk is on the way to a directory.
type placeWalk struct {
	root    *os.Root
	done    string   // the way so far
	rest    []string // the parts to go
	links   int
	linkEnd int  // with that many parts to go, or more, the way is still in a link
	strict  bool // what that link leads to has to be there
}

// step goes one part of the way.
func (w *placeWalk) step() error {
	part := w.rest[0]
	w.rest = w.rest[1:]
	switch part {
	case "", ".":
		return nil
	case "..":
		w.strict = w.strict || w.done == "."
		w.done = path.Dir(w.done)
		return nil
	}
	next := path.Join(w.done, part)
	info, err := w.root.Lstat(filepath.FromSlash(next))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if w.strict && len(w.rest) >= w.linkEnd {
			return fmt.Errorf("%w: %w", errDangles, fs.ErrNotExist)
		}
	case err != nil:
		return openfile.Cause(err)
	case info.Mode()&fs.ModeSymlink != 0:
		return w.follow(next)
	}
	w.done = next
	return nil
}

// follow puts what a link says in the place of its name.
func (w *placeWalk) follow(link string) error {
	if w.links++; w.links > maxLinks {
		return errLinks
	}
	target, err := w.root.Readlink(filepath.FromSlash(link))
	if err != nil {
		return openfile.Cause(err)
	}
	if len(w.rest) < w.linkEnd {
		w.linkEnd, w.strict = len(w.rest), false
	}
	if filepath.IsAbs(target) {
		w.strict, w.done = true, "."
	}
	w.rest = append(strings.Split(filepath.ToSlash(target), "/"), w.rest...)
	return nil
}
