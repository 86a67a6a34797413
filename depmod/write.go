package depmod

import (
	"fmt"
	"os"

	"github.com/gokmod/gokmod/internal/fileset"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/tree"
)

// WriteOptions are the options of [Index.Write] and [Index.WriteTo]. The zero
// value, or nil, means the defaults.
type WriteOptions struct {
	// Sync makes sure that the files are on the disk when Write returns, and
	// that a power failure leaves either the old or the new ones.
	Sync bool
}

// Write writes the index files into the module directory that was scanned. At
// every moment, even when Write is killed or the disk is full, readers see the
// complete old set or the complete new one. That requires a file system with
// links; on others each file by itself is old or new.
//
// Nothing is written outside Config.Root, whatever links are there. The error wraps
// [ErrOutside] if the module directory is outside, [ErrMoved] if it is not the one
// that was scanned, and errors.ErrUnsupported for a Config.FS.
func (x *Index) Write(opts *WriteOptions) error {
	files, err := x.set()
	if err != nil {
		return err
	}
	dir, err := x.home.open()
	if err != nil {
		return fmt.Errorf("write the index files into %s: %w", x.dir, err)
	}
	defer dir.Close()
	return replace(dir, files, opts)
}

// WriteTo writes the index files as [Index.Write] does, but into the directory dir
// below another root; both are created if necessary. root is as Config.Root; a dir
// of "" means lib/modules/RELEASE.
func (x *Index) WriteTo(root, dir string, opts *WriteOptions) error {
	files, err := x.set()
	if err != nil {
		return err
	}
	if root != "" {
		if err := os.MkdirAll(root, 0o755); err != nil {
			return fmt.Errorf("write the index files: %w", err)
		}
	}
	t, name, err := openOutput(root, dir, x.release)
	if err != nil {
		return err
	}
	defer t.Close()
	into, err := t.MakeDir(name)
	if err != nil {
		return fmt.Errorf("write the index files into %s: %w", t.Show(name), err)
	}
	defer into.Close()
	return replace(into, files, opts)
}

// openOutput opens the root for writing index files, which the caller closes,
// and returns the name of their directory.
func openOutput(root, dir, release string) (*tree.Tree, string, error) {
	if dir == "" {
		dir = moddir.Of(release)
	}
	name, ok := tree.Below(dir)
	if !ok {
		return nil, "", fmt.Errorf("write the index files into %s: %w", dir, ErrOutside)
	}
	t, err := tree.Open(root, false)
	return t, name, err
}

// set makes the files.
func (x *Index) set() ([]fileset.File, error) {
	files, err := x.Files()
	if err != nil {
		return nil, err
	}
	set := make([]fileset.File, len(files))
	for i, f := range files {
		set[i] = fileset.File{Name: f.Name, Data: f.Data}
	}
	return set, nil
}

func replace(dir *os.Root, files []fileset.File, opts *WriteOptions) error {
	return fileset.Replace(dir, files, &fileset.Options{Sync: opts != nil && opts.Sync})
}
