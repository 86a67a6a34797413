package openfile

import "io/fs"

// moder is implemented by file systems that tell the type of a file at less cost than
// by fs.Stat.
type moder interface {
	Mode(name string) (fs.FileMode, error)
}

// Mode returns the type of a file: that it is regular or a directory, or some other one.
func Mode(fsys fs.FS, name string) (fs.FileMode, error) {
	if m, ok := fsys.(moder); ok {
		return m.Mode(name)
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return 0, err
	}
	return info.Mode().Type(), nil
}
