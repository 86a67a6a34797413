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

func (h hostFS) Open(name string) (fs.File, error) {
	f, err := h.OpenBare(name)
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

// Mount is the directory at which a file system of the kernel is mounted, for
// callers that cannot close a tree: it is opened for each call. The links of /proc
// and /sys, which the kernel makes, are followed normally; elsewhere they are
// resolved as below any root, and no name leads out. No file blocks when opened.
type Mount string

// ours reports whether it is the machine's own.
func (m Mount) ours() bool { return m == "/proc" || m == "/sys" }

// Open implements fs.FS.
func (m Mount) Open(name string) (fs.File, error) {
	f, err := m.OpenBare(name)
	if err != nil {
		return nil, err
	}
	return openfile.Standard(f), nil
}

// OpenBare implements openfile.Bare.
func (m Mount) OpenBare(name string) (fs.File, error) {
	if m.ours() {
		return hostFS(m).OpenBare(name)
	}
	root, err := newRootFS(string(m), false)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.OpenBare(name)
}

// Stat implements fs.StatFS.
func (m Mount) Stat(name string) (fs.FileInfo, error) {
	if m.ours() {
		return hostFS(m).Stat(name)
	}
	root, err := newRootFS(string(m), false)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Stat(name)
}

// Mode tells whether the file that Stat describes is regular, a directory, or neither.
func (m Mount) Mode(name string) (fs.FileMode, error) {
	if m.ours() {
		return hostFS(m).Mode(name)
	}
	root, err := newRootFS(string(m), false)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	return root.Mode(name)
}

// OpensNonblocking implements openfile.Nonblocking.
func (Mount) OpensNonblocking() {}
