package tree

import (
	"cmp"
	"errors"
	"path"
	"path/filepath"
	"strings"
)

// ErrOutside: a path leads out of the tree.
var ErrOutside = errors.New("it lies outside the root")

// Outside returns where on the host a name leads, and reports false for one that
// does not leave the root, or leads nowhere. The machine's own tree has no outside.
func (t *Tree) Outside(name string) (string, bool) {
	if t.root == nil || !t.root.hostLinks {
		return "", false
	}
	at, err := t.root.resolve(name)
	if err != nil || !at.host {
		return "", false
	}
	return t.root.hostPath(at), true
}

// Real returns the path by which the machine knows what a name of a directory's
// tree leads to: one without links below the root, so that nobody else takes them
// for links of the machine. The error does not name it.
func (t *Tree) Real(name string) (string, error) {
	if t.root == nil {
		return t.Show(name), nil
	}
	at, err := t.root.resolve(name)
	if err != nil || !at.host {
		return t.Show(at.name), err
	}
	return t.root.hostPath(at), nil
}

// hostPath is the path of a place outside the root, without ".." where there is
// something: behind a link that leads elsewhere than it seems. The last link is not
// followed.
func (r *rootFS) hostPath(at place) string {
	name := at.name
	if !path.IsAbs(name) {
		name = strings.TrimRight(r.root.Name(), "/") + "/" + name
	}
	dir, last := path.Split(strings.TrimRight(name, "/"))
	if strings.Contains(name, "..") {
		real, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return name
		}
		dir = filepath.ToSlash(real)
	}
	return cmp.Or(path.Join(dir, last), "/")
}
