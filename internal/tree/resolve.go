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
)

// Bounds of a name, the first two as for the kernel (path_resolution(7)).
const (
	maxName  = 4095 // bytes, also of its target
	maxLinks = 40   // symbolic links on the way

	// maxWork bounds the cost of following links: a step from one directory to
	// the next is 1, and so is each element of a path that is examined, since
	// without openat2 every look walks the whole path.
	maxWork = 1 << 15
)

// place is the target of a name.
type place struct {
	// name is that of a file below the root, without links on the way. On the
	// host it is a path for the system, seen from the root.
	name string
	host bool // it is outside the root
}

// child is a name in a directory.
func (p place) child(name string) place {
	if p.name == "." {
		return place{name, p.host}
	}
	return place{p.name + "/" + name, p.host}
}

// holds reports whether a place below the root is a directory that contains
// another.
func (p place) holds(name string) bool {
	return p.name == "." || strings.HasPrefix(name, p.name+"/")
}

// resolve finds the place of a name by following links one after the other. The
// errors are the system's, without a path.
func (r *rootFS) resolve(name string) (place, error) {
	switch {
	case !fs.ValidPath(name):
		return place{}, fs.ErrInvalid
	case len(name) > maxName:
		return place{}, syscall.ENAMETOOLONG
	case name == ".":
		return place{name: name}, nil
	}
	at, err := r.resolveFrom(path.Dir(name), path.Base(name))
	return at.place, err
}

// resolveFrom is resolve for a name in a directory.
func (r *rootFS) resolveFrom(parent, name string) (dirPlace, error) {
	dir, err := r.resolveParent(parent)
	if err != nil {
		return dirPlace{}, err
	}
	if dir.host {
		dir.place = dir.child(name)
		return dir, nil
	}
	w := resolution{looker: r.looker, hostLinks: r.hostLinks, links: dir.links, work: dir.work}
	at, err := w.step(dir.place, name)
	return dirPlace{at, w.links, w.work}, err
}

// resolveParent is resolve for the directory of a file.
func (r *rootFS) resolveParent(name string) (dirPlace, error) {
	if name == "." {
		return dirPlace{place: place{name: name}}, nil
	}
	if dir, known := r.dirs.get(name); known {
		return dir, nil
	}
	dir, err := r.resolveFrom(path.Dir(name), path.Base(name))
	if err == nil {
		r.dirs.put(name, dir)
	}
	return dir, err
}

// resolution is the resolution of one name.
type resolution struct {
	looker
	hostLinks bool

	links  int      // number followed
	work   int      // cost so far
	active []string // the links whose targets are being resolved
	toMake bool     // a missing name counts as a directory: it is to be made
}

// linkLoop means that a link occurs on the way to its own target.
type linkLoop struct{ link string }

func (*linkLoop) Error() string { return syscall.ELOOP.Error() }
func (*linkLoop) Unwrap() error { return syscall.ELOOP }

// follow finds the place of a path that begins in a directory below the root.
// It reports whether the path climbs over the root, where it then stays.
func (w *resolution) follow(dir place, name string) (at place, climbs bool, err error) {
	at, isDir := dir, true
	for part := range strings.SplitSeq(name, "/") {
		if err := w.charge(1); err != nil {
			return place{}, climbs, err
		}
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

// checkDir checks that a place is a directory, unless that is known.
func (w *resolution) checkDir(at place, known bool) error {
	if known {
		return nil
	}
	if err := w.chargeLook(at); err != nil {
		return err
	}
	info, err := w.lstat(at.name)
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
	if err := w.chargeLook(at); err != nil {
		return place{}, err
	}
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

// isToMake reports whether an error is about a name that is to be made.
func (w *resolution) isToMake(err error) bool { return w.toMake && errors.Is(err, fs.ErrNotExist) }

// charge counts work before it is done.
func (w *resolution) charge(work int) error {
	if w.work += work; w.work > maxWork {
		return syscall.ELOOP
	}
	return nil
}

// chargeLook counts the examination of a place.
func (w *resolution) chargeLook(at place) error {
	if len(at.name) > maxName {
		return syscall.ENAMETOOLONG
	}
	return w.charge(1 + strings.Count(at.name, "/"))
}

// target finds the target of a link in a directory. It is below the root,
// unless links may lead out and this one has no target there, or only itself or
// a directory that contains it.
func (w *resolution) target(dir place, link, text string) (place, error) {
	if w.links++; w.links > maxLinks {
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
