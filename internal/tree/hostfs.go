package tree

import (
	"io/fs"
	"os"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
)

// hostFS is a directory of the machine, given by path ("" for the root), whose
// links may lead anywhere on it.
type hostFS string

// Open implements fs.FS.
func (h hostFS) Open(name string) (fs.File, error) { return openStandard(h, name) }

// openStandard is Open for a file system of this machine.
func openStandard(fsys openfile.Bare, name string) (fs.File, error) {
	f, err := fsys.OpenBare(name)
	if err != nil {
		return nil, err
	}
	return openfile.Standard(f), nil
}

// OpenBare implements openfile.Bare.
func (h hostFS) OpenBare(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := sys.Open(string(h)+"/"+name, openfile.Flags)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// OpensNonblocking implements openfile.Nonblocking.
func (hostFS) OpensNonblocking() {}

// Stat implements fs.StatFS.
func (h hostFS) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	return os.Stat(string(h) + "/" + name)
}

// Mode tells whether the file that Stat describes is regular, a directory, or neither.
func (h hostFS) Mode(name string) (fs.FileMode, error) {
	if !fs.ValidPath(name) {
		return 0, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	return sys.ModeOf(string(h) + "/" + name)
}

// Close has nothing to close: the directory is given by its path.
func (hostFS) Close() error { return nil }

// Mount is the directory at which a file system of the kernel is mounted, for
// callers that cannot close a tree: it is opened for each call. The links of /proc
// and /sys, which the kernel makes, are followed normally; elsewhere they are
// resolved as below any root, and no name leads out. No file blocks when opened.
type Mount string

// ours reports whether it is the machine's own.
func (m Mount) ours() bool { return m == "/proc" || m == "/sys" }

// dirFS is a directory that is open.
type dirFS interface {
	openfile.Bare
	Stat(name string) (fs.FileInfo, error)
	Mode(name string) (fs.FileMode, error)
	Close() error
}

// dir opens the directory.
func (m Mount) dir() (dirFS, error) {
	if m.ours() {
		return hostFS(m), nil
	}
	root, err := newRootFS(string(m), false)
	if err != nil {
		return nil, err
	}
	return root, nil
}

// Open implements fs.FS.
func (m Mount) Open(name string) (fs.File, error) { return openStandard(m, name) }

// OpenBare implements openfile.Bare.
func (m Mount) OpenBare(name string) (fs.File, error) {
	dir, err := m.dir()
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.OpenBare(name)
}

// Stat implements fs.StatFS.
func (m Mount) Stat(name string) (fs.FileInfo, error) {
	dir, err := m.dir()
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Stat(name)
}

// Mode tells whether the file that Stat describes is regular, a directory, or neither.
func (m Mount) Mode(name string) (fs.FileMode, error) {
	dir, err := m.dir()
	if err != nil {
		return 0, err
	}
	defer dir.Close()
	return dir.Mode(name)
}

// OpensNonblocking implements openfile.Nonblocking.
func (Mount) OpensNonblocking() {}
