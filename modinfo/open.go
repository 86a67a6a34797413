package modinfo

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/openfile"
)

// Open opens the module file at the given path.
func Open(name string, cfg *Config) (*File, error) {
	file, err := modfile.Open(name, cfg.maxSize())
	if err != nil {
		return nil, openError(name, err)
	}
	return openFile(file, name)
}

// OpenFS opens a module file in fsys. A file without random access
// ([io.ReaderAt]) is read into memory.
func OpenFS(fsys fs.FS, name string, cfg *Config) (*File, error) {
	file, err := modfile.OpenFS(fsys, name, cfg.maxSize())
	if err != nil {
		return nil, openError(name, err)
	}
	return openFile(file, name)
}

func openError(name string, err error) error {
	if errors.Is(err, openfile.ErrNotRegular) {
		err = fmt.Errorf("%w: it is %w", ErrFormat, err)
	}
	return &Error{Op: "open", Path: name, Err: err}
}

func openFile(file *modfile.File, name string) (*File, error) {
	f := &File{path: name, file: file}
	err := f.init()
	if err != nil {
		file.Close()
		return nil, f.wrap("open", err)
	}
	if f.content.Bytes != nil {
		file.Close() // everything is in memory
	}
	return f, nil
}
