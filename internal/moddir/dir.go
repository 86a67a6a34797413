package moddir

import (
	"io/fs"
	"path"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/tree"
)

// Dir is a module directory.
type Dir struct {
	Tree *tree.Tree
	Name string // in Tree
}

// File is the name of a file of the directory in the tree.
func (d Dir) File(name string) string { return path.Join(d.Name, name) }

// Show is the path by which people know a file of the directory.
func (d Dir) Show(name string) string { return d.Tree.Show(d.File(name)) }

// ReadFile reads a file of the directory, of limit bytes at most. The error is an
// *fs.PathError with the path as shown.
func (d Dir) ReadFile(name string, limit int64) ([]byte, error) {
	f, info, err := d.Tree.OpenFile(d.File(name))
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: d.Show(name), Err: err}
	}
	defer f.Close()
	data, err := openfile.ReadAll(nil, f, info.Size(), limit)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: d.Show(name), Err: err}
	}
	return data, nil
}
