package tree

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/openfile"
)

// OpenDir opens a directory for writing into it, without ever leaving the root:
// the error is ErrOutside if it is on the host, whatever the tree may read
// there, and errors.ErrUnsupported for an fs.FS.
func (t *Tree) OpenDir(name string) (*os.Root, error) { return t.openDir(name, false) }

// MakeDir is OpenDir that creates the directory, and those above it, if
// necessary.
func (t *Tree) MakeDir(name string) (*os.Root, error) { return t.openDir(name, true) }

func (t *Tree) openDir(name string, create bool) (dir *os.Root, err error) {
	switch {
	case !fs.ValidPath(name):
		return nil, ErrOutside
	case t.root != nil:
		dir, err = t.root.openDir(name, create)
	case t.Prefix == "":
		return nil, errors.ErrUnsupported
	default:
		if create {
			err = os.MkdirAll(t.Show(name), 0o755)
		}
		if err == nil {
			dir, err = os.OpenRoot(t.Show(name))
		}
	}
	return dir, openfile.Cause(err)
}

// PlaceIn returns the name without links of a directory below a root, which stands
// for "/". A missing directory counts as to be made, but not at the target of an
// absolute link or of one that climbs over the root: those are mostly meant for
// another root, and the error wraps fs.ErrNotExist. It does not name the directory.
func PlaceIn(root *os.Root, name string) (string, error) {
	w := resolution{looker: rootLooker{root}, toMake: true}
	at, _, err := w.follow(place{name: "."}, name)
	return at.name, err
}

// openDir opens a directory by a name without links. An os.Root refuses whatever
// is put in the way meanwhile and leads out.
func (r *rootFS) openDir(name string, create bool) (*os.Root, error) {
	at, err := r.makeDirs(name, create)
	if err != nil {
		if found, _ := r.outward().resolve(name); found.host {
			return nil, ErrOutside
		}
		return nil, err
	}
	return r.root.OpenRoot(at.name)
}

// outward is the same directory with host links.
func (r *rootFS) outward() *rootFS {
	return &rootFS{root: r.root, dir: r.dir, hostLinks: true, looker: hostLooker{rootLooker{r.root}, r.dir}}
}

// makeDirs finds the place of a directory, and creates missing ones. No link leads
// out.
func (r *rootFS) makeDirs(name string, create bool) (place, error) {
	if len(name) > maxName {
		return place{}, syscall.ENAMETOOLONG
	}
	w := resolution{looker: rootLooker{r.root}}
	at := place{name: "."}
	for part := range strings.SplitSeq(name, "/") {
		if part == "." {
			continue // the root
		}
		next, err := w.step(at, part)
		if create && errors.Is(err, fs.ErrNotExist) {
			next = at.child(part)
			if err = r.root.Mkdir(next.name, 0o755); errors.Is(err, fs.ErrExist) {
				next, err = w.step(at, part) // a dangling link, or another process was faster
			}
		}
		if err != nil {
			return place{}, err
		}
		at = next
	}
	return at, w.checkDir(at, at.name == ".")
}
