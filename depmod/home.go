package depmod

import (
	"errors"
	"io/fs"
	"os"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/tree"
)

// ErrMoved means that the module directory has been replaced by another
// directory since the scan.
var ErrMoved = errors.New("it is not the directory that was scanned")

// home is the directory that was scanned.
type home struct {
	memory bool        // it is in an fs.FS
	root   string      // as in Config
	name   string      // below the root
	info   fs.FileInfo // identifies it
	host   string      // where it is if outside the root, otherwise ""
}

// open opens the directory for writing into it.
func (h *home) open() (*os.Root, error) {
	switch {
	case h.memory:
		return nil, errors.ErrUnsupported
	case h.host != "":
		return nil, ErrOutside
	}
	t, err := tree.Open(h.root, false)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	dir, err := t.OpenDir(h.name)
	if err != nil {
		return nil, err
	}
	info, err := dir.Stat(".")
	if err == nil && !os.SameFile(info, h.info) {
		err = ErrMoved
	}
	if err != nil {
		dir.Close()
		return nil, openfile.Cause(err)
	}
	return dir, nil
}
