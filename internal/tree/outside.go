package tree

import (
	"cmp"
	"errors"
	"path"
	"path/filepath"
	"strings"
)

// ErrOutside means that a path leads out of the tree.
var ErrOutside = errors.New("it lies outside the root")

// Outside returns where on the host a name leads, and reports false for a name that
// stays within the root, or does not exist. The machine's own tree has no outside.
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

// Real returns the machine's path of the target of a name in a directory's tree,
// without links below the root, which others would resolve as links of the
// machine. The error does not name it.
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

// hostPath is the path of a place outside the root, without ".." as far as it
// exists, since ".." after a link leads elsewhere than it seems. The last link is
// not followed.
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
