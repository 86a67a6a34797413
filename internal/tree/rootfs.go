package tree

import (
	"cmp"
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
// ones included, mean files within. Only with hostLinks may a link lead out of
// it, as package tree describes.
type rootFS struct {
	root      *os.Root
	dir       *os.File // the same directory
	hostLinks bool
	simple    atomic.Bool // the system has no openat2
	dirs      dirCache
}

func newRootFS(dir string, hostLinks bool) (*rootFS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f, err := root.Open(".")
	if err != nil {
		root.Close()
		return nil, err
	}
	return &rootFS{root: root, dir: f, hostLinks: hostLinks}, nil
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
	return openfile.AsFile(r.open(name, openfile.Flags))
}

// OpensNonblocking implements openfile.Nonblocking.
func (*rootFS) OpensNonblocking() {}

// Stat implements fs.StatFS.
func (r *rootFS) Stat(name string) (fs.FileInfo, error) {
	f, err := r.open(name, lookFlags)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Stat()
}

// open opens a file. Without links on the way it takes one call of the system.
func (r *rootFS) open(name string, flags int) (*os.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if d, known := r.dirs.get(path.Dir(name)); !known || d.links == 0 {
		f, err := r.openIn(name, flags, !r.hostLinks)
		if err == nil || !r.undecided(err) {
			return f, err
		}
	}
	f, err := r.openResolved(name, flags)
	if err != nil && r.dirs.forget(path.Dir(name)) {
		f, err = r.openResolved(name, flags) // in case links were changed
	}
	return f, err
}

// openResolved opens a file by following the links of its name.
func (r *rootFS) openResolved(name string, flags int) (*os.File, error) {
	at, err := r.resolve(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	if at.host {
		return r.openHost(at.name, flags)
	}
	return r.openIn(at.name, flags, false)
}

// openIn opens a file below the root. Without openat2 it follows links that are
// relative and do not climb over the root, in any case.
func (r *rootFS) openIn(name string, flags int, follow bool) (*os.File, error) {
	if !r.simple.Load() {
		f, err := sys.OpenIn(r.dir, name, flags, follow)
		if !errors.Is(err, errors.ErrUnsupported) {
			return f, err
		}
		// EPERM may also be the answer of a file system about one file.
		if errors.Is(err, syscall.ENOSYS) {
			r.simple.Store(true)
		}
	}
	if flags == lookFlags {
		flags = openfile.Flags // os.Root takes a link for a file that can be looked at
	}
	return r.root.OpenFile(name, flags, 0)
}

// undecided reports whether an error of openIn may be due to a link that resolve
// knows how to follow: openat2 was told not to follow any, or os.Root refused
// one, which is not an error of the system.
func (r *rootFS) undecided(err error) bool {
	errno := syscall.Errno(0)
	return !errors.As(err, &errno) || r.hostLinks && errno == syscall.ELOOP
}

// openHost opens what a link out of the root leads to, if that is a regular file
// or a directory: opening a device may do something.
func (r *rootFS) openHost(name string, flags int) (*os.File, error) {
	if flags != lookFlags {
		mode, err := sys.ModeAt(r.dir, name)
		if err == nil && !mode.IsRegular() && !mode.IsDir() {
			err = &fs.PathError{Op: "open", Path: name, Err: openfile.ErrNotRegular}
		}
		if err != nil {
			return nil, err
		}
	}
	return sys.OpenAt(r.dir, name, flags)
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

// resolveDir follows the links on the way to a name, but not a link of that name.
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

// lookFlags are flags under which no file blocks and, where the system can do
// that, no device notices the open.
var lookFlags = cmp.Or(sys.Look, openfile.Flags)
