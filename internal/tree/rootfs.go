package tree

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"sync/atomic"
	"syscall"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
)

// rootFS is a directory that stands for "/": names and symbolic links, absolute
// ones included, refer to files within. Only with hostLinks may a link lead out
// of it, as package tree describes.
type rootFS struct {
	root      *os.Root
	dir       *os.File // the same directory
	hostLinks bool
	looker    looker
	simple    atomic.Bool // the system has no openat2
	dirs      dirCache
}

func newRootFS(dir string, hostLinks bool) (*rootFS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f, err := root.OpenFile(".", openfile.Flags, 0) // others are made nonblocking by further calls
	if err != nil {
		root.Close()
		return nil, err
	}
	r := &rootFS{root: root, dir: f, hostLinks: hostLinks, looker: rootLooker{root}}
	if hostLinks {
		r.looker = hostLooker{rootLooker{root}, f}
	}
	return r, nil
}

// Close may be called more than once, as for an os.Root.
func (r *rootFS) Close() error {
	err := r.dir.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	return errors.Join(err, r.root.Close())
}

// Open implements fs.FS.
func (r *rootFS) Open(name string) (fs.File, error) {
	return openStandard(r, name)
}

// OpenBare implements openfile.Bare.
func (r *rootFS) OpenBare(name string) (f fs.File, err error) {
	err = r.reach("open", name, func() (err error) {
		f, err = r.open(name, !r.hostLinks)
		return err
	}, func(at place) (err error) {
		f, err = r.openPlace(at)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// OpensNonblocking implements openfile.Nonblocking.
func (*rootFS) OpensNonblocking() {}

// Stat implements fs.StatFS. The file is not opened.
func (r *rootFS) Stat(name string) (info fs.FileInfo, err error) {
	err = r.reach("stat", name, func() (err error) {
		return r.openat2(func() (err error) {
			info, err = sys.StatIn(r.dir, name, !r.hostLinks)
			return err
		})
	}, func(at place) (err error) {
		if at.host {
			info, err = sys.StatAt(r.dir, at.name)
		} else {
			info, err = r.root.Lstat(at.name)
		}
		return err
	})
	return info, err
}

// Mode tells whether the file that Stat describes is regular, a directory, or neither.
func (r *rootFS) Mode(name string) (mode fs.FileMode, err error) {
	err = r.reach("stat", name, func() (err error) {
		return r.openat2(func() (err error) {
			mode, err = sys.ModeIn(r.dir, name, !r.hostLinks)
			return err
		})
	}, func(at place) (err error) {
		if at.host {
			mode, err = sys.ModeAt(r.dir, at.name)
			return err
		}
		info, err := r.root.Lstat(at.name)
		if err == nil {
			mode = info.Mode().Type()
		}
		return err
	})
	return mode, err
}

// reach operates on a file: at once, by a single system call, if no link is on the way
// or openat2 may follow it, otherwise at the place that the name leads to.
func (r *rootFS) reach(op, name string, atOnce func() error, there func(place) error) error {
	if !fs.ValidPath(name) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if d, known := r.dirs.get(path.Dir(name)); !known || d.links == 0 {
		err := atOnce()
		if err == nil || !r.undecided(err) {
			return err
		}
	}
	err := r.reachResolved(op, name, there)
	if err != nil && r.dirs.forget(path.Dir(name)) {
		err = r.reachResolved(op, name, there) // in case links were changed
	}
	return err
}

func (r *rootFS) reachResolved(op, name string, there func(place) error) error {
	at, err := r.resolve(name)
	if err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return there(at)
}

// open opens a file below the root by openat2.
func (r *rootFS) open(name string, follow bool) (f *sys.File, err error) {
	err = r.openat2(func() (err error) {
		f, err = sys.OpenIn(r.dir, name, openfile.Flags, follow)
		return err
	})
	return f, err
}

// openat2 makes a call by openat2, if the system has that, and remembers if it does not.
func (r *rootFS) openat2(call func() error) error {
	if r.simple.Load() {
		return errors.ErrUnsupported
	}
	err := call()
	// EPERM may also be a file system's answer about one file.
	if errors.Is(err, syscall.ENOSYS) {
		r.simple.Store(true)
	}
	return err
}

// openPlace opens the file of a place. A link that is put in the way below the root
// meanwhile is not followed out of it.
func (r *rootFS) openPlace(at place) (fs.File, error) {
	if at.host {
		return r.openHost(at.name)
	}
	f, err := r.open(at.name, false)
	if errors.Is(err, errors.ErrUnsupported) {
		return r.root.OpenFile(at.name, openfile.Flags, 0)
	}
	return f, err
}

// undecided reports whether an error of openat2 leaves it to resolve to find the file:
// the call does not exist, or was told not to follow a link.
func (r *rootFS) undecided(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || r.hostLinks && errors.Is(err, syscall.ELOOP)
}

// openHost opens the target of a link out of the root, if that is a regular file
// or a directory: opening a device may have effects.
func (r *rootFS) openHost(name string) (*sys.File, error) {
	mode, err := sys.ModeAt(r.dir, name)
	if err == nil && !mode.IsRegular() && !mode.IsDir() {
		err = &fs.PathError{Op: "open", Path: name, Err: openfile.ErrNotRegular}
	}
	if err != nil {
		return nil, err
	}
	return sys.OpenAt(r.dir, name, openfile.Flags)
}

// ReadLink and Lstat implement fs.ReadLinkFS.
func (r *rootFS) ReadLink(name string) (string, error) {
	at, err := r.resolveDir("readlink", name)
	if err != nil {
		return "", err
	}
	if !at.host {
		return r.root.Readlink(at.name)
	}
	text, isLink, err := sys.ReadLinkAt(r.dir, at.name)
	if err == nil && !isLink {
		err = &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return text, err
}

func (r *rootFS) Lstat(name string) (fs.FileInfo, error) {
	at, err := r.resolveDir("lstat", name)
	if err != nil {
		return nil, err
	}
	if !at.host {
		return r.root.Lstat(at.name)
	}
	return os.Lstat(r.hostPath(at))
}

// resolveDir follows the links on the way to a name, but not a link with that
// name.
func (r *rootFS) resolveDir(op, name string) (place, error) {
	if !fs.ValidPath(name) {
		return place{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return place{name: name}, nil
	}
	at, err := r.resolve(path.Dir(name))
	if err != nil {
		return place{}, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return at.child(path.Base(name)), nil
}
