package modtest

import "io/fs"

// Failing is a file system in which one name cannot be opened.
type Failing struct {
	fs.FS
	Name string
	Err  error
}

// Open implements fs.FS.
func (f Failing) Open(name string) (fs.File, error) {
	if name == f.Name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: f.Err}
	}
	return f.FS.Open(name)
}
