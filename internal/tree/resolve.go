package tree

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
)

// maxLinks is how many symbolic links a name may lead through, as for the kernel
// (path_resolution(7)).
const maxLinks = 40

// place is where a name leads.
type place struct {
	// name is that of a file below the root, without links on the way to it. On
	// the host it is a path as the system takes it, seen from the root.
	name string
	host bool // it lies outside the root
}

// child is a name in a directory.
func (p place) child(name string) place {
	if p.name == "." {
		return place{name, p.host}
	}
	return place{p.name + "/" + name, p.host}
}

// holds reports whether a place below the root is a directory above another one.
func (p place) holds(name string) bool {
	return p.name == "." || strings.HasPrefix(name, p.name+"/")
}

// resolve finds the place of a name by following links one after the other. The
// errors are those of the system, without a path.
func (r *rootFS) resolve(name string) (place, error) {
	if name == "." {
		return place{name: name}, nil
	}
	dir, err := r.resolveParent(path.Dir(name))
	if err != nil || dir.host {
		return dir.child(path.Base(name)), err
	}
	w := resolution{rootFS: r, left: maxLinks - dir.links}
	return w.step(dir.place, path.Base(name))
}

// resolveParent is resolve for the directory of a file.
func (r *rootFS) resolveParent(name string) (dirPlace, error) {
	if dir, known := r.dirs.get(name); known {
		return dir, nil
	}
	w := resolution{rootFS: r, left: maxLinks}
	at, _, err := w.follow(place{name: "."}, name)
	dir := dirPlace{at, maxLinks - w.left}
	if err == nil {
		r.dirs.put(name, dir)
	}
	return dir, err
}

// resolution is the resolution of one name.
type resolution struct {
	*rootFS
	left   int      // links that may still be followed
	active []string // the links whose targets are being resolved
	toMake bool     // what is not there counts as a directory: it is to be made
}

// linkLoop: on the way to the target of a link there is the link itself.
type linkLoop struct{ link string }

func (*linkLoop) Error() string { return syscall.ELOOP.Error() }
func (*linkLoop) Unwrap() error { return syscall.ELOOP }

// follow finds the place of a path that begins in a directory below the root.
// It reports whether the path climbs over the root, where it then stays.
func (w *resolution) follow(dir place, name string) (at place, climbs bool, err error) {
	at, isDir := dir, true
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case at.host:
			at.name += "/" + part // the system follows the rest
			continue
		case part == "" || part == "." || part == "..":
			if err := w.checkDir(at, isDir); err != nil {
				return place{}, climbs, err
			}
			if isDir = true; part == ".." {
				climbs = climbs || at.name == "."
				at.name = path.Dir(at.name)
			}
			w.toMake = w.toMake && !climbs
			continue
		}
		at, err = w.step(at, part)
		if err != nil {
			return place{}, climbs, err
		}
		isDir = false
	}
	return at, climbs, nil
}

// checkDir makes sure that a place is a directory, unless that is known.
func (w *resolution) checkDir(at place, known bool) error {
	if known {
		return nil
	}
	info, err := w.root.Lstat(at.name)
	switch {
	case w.isToMake(err):
		return nil
	case err == nil && !info.IsDir():
		err = syscall.ENOTDIR
	}
	return openfile.Cause(err)
}

// step goes to a name in a directory, and on to the target if that is a link.
func (w *resolution) step(dir place, name string) (place, error) {
	at := dir.child(name)
	text, isLink, err := w.readLink(at.name)
	switch {
	case w.isToMake(err):
		return at, nil
	case err != nil:
		return place{}, openfile.Cause(err)
	case !isLink:
		return at, nil
	}
	return w.target(dir, at.name, text)
}

// isToMake reports whether an error is that of a name which is to be made.
func (w *resolution) isToMake(err error) bool { return w.toMake && errors.Is(err, fs.ErrNotExist) }

// readLink reads a link below the root, if it is one. Where links may lead out,
// one call of the system is enough: a link that is put into the way meanwhile is
// followed.
func (w *resolution) readLink(name string) (text string, isLink bool, err error) {
	if w.hostLinks {
		return sys.ReadLinkAt(w.dir, name)
	}
	info, err := w.root.Lstat(name)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return "", false, err
	}
	text, err = w.root.Readlink(name)
	return text, true, err
}

// target finds the target of a link in a directory. It lies below the root,
// unless links may lead out and this one has no target there, or only itself or
// a directory that holds it.
func (w *resolution) target(dir place, link, text string) (place, error) {
	if w.left--; w.left < 0 {
		return place{}, syscall.ELOOP
	}
	if slices.Contains(w.active, link) {
		return place{}, &linkLoop{link}
	}
	w.active = append(w.active, link)
	toMake := w.toMake
	defer func() { w.active, w.toMake = w.active[:len(w.active)-1], toMake }()
	text = filepath.ToSlash(text)
	from, leaves := dir, path.IsAbs(text)
	if leaves {
		from, w.toMake = place{name: "."}, false
	}
	at, climbs, err := w.follow(from, text)
	if leaves = leaves || climbs; !w.hostLinks || !leaves {
		return at, err
	}
	loop := (*linkLoop)(nil)
	switch {
	case err == nil && (at.host || !at.holds(link)):
		return at, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) &&
		!(errors.As(err, &loop) && loop.link == link):
		return place{}, err
	case path.IsAbs(text):
		return place{text, true}, nil
	}
	return place{dir.name + "/" + text, true}, nil
}
