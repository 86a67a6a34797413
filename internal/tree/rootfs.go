package tree

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
)

// rootFS is a directory that stands for "/": neither names nor symbolic links
// lead out of it, and absolute links mean files within. Where the system cannot
// do that, absolute links are errors.
type rootFS struct {
	dir    *os.File
	root   *os.Root
	simple atomic.Bool // the system has no call for it
}

func newRootFS(dir string) (*rootFS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(dir)
	if err != nil {
		root.Close()
		return nil, err
	}
	return &rootFS{dir: f, root: root}, nil
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
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if !r.simple.Load() {
		f, err := sys.OpenIn(r.dir, name, openfile.Flags)
		if !errors.Is(err, errors.ErrUnsupported) {
			return openfile.AsFile(f, err)
		}
		// EPERM may also be the answer of a file system about one file.
		if errors.Is(err, syscall.ENOSYS) {
			r.simple.Store(true)
		}
	}
	return openfile.AsFile(r.root.OpenFile(name, openfile.Flags, 0))
}

// OpensNonblocking implements openfile.Nonblocking.
func (*rootFS) OpensNonblocking() {}

// ReadLink and Lstat implement fs.ReadLinkFS.
func (r *rootFS) ReadLink(name string) (string, error)   { return r.root.Readlink(name) }
func (r *rootFS) Lstat(name string) (fs.FileInfo, error) { return r.root.Lstat(name) }
