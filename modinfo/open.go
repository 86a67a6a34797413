package modinfo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/gokmod/gokmod/internal/openfile"
)

// Open opens the module file at that path.
func Open(name string, cfg *Config) (*File, error) {
	file, info, err := openfile.Open(name)
	if err != nil {
		return nil, openError(name, err)
	}
	return openFile(file, info.Size(), name, cfg)
}

// OpenFS opens a module file in fsys. A file that cannot be read at any place
// ([io.ReaderAt]) is read into memory.
func OpenFS(fsys fs.FS, name string, cfg *Config) (*File, error) {
	file, info, err := openfile.OpenFS(fsys, name)
	if err != nil {
		return nil, openError(name, err)
	}
	return openFile(file, info.Size(), name, cfg)
}

func openError(name string, err error) error {
	if errors.Is(err, openfile.ErrNotRegular) {
		err = fmt.Errorf("%w: it is %w", ErrFormat, err)
	}
	return &Error{Op: "open", Path: name, Err: err}
}

func openFile(file fs.File, size int64, name string, cfg *Config) (*File, error) {
	f := &File{path: name, size: size, closer: file}
	err := f.initFile(file, cfg)
	if err != nil {
		file.Close()
		return nil, f.wrap("open", err)
	}
	if f.buf != nil || f.closer == nil {
		// Everything is in memory.
		file.Close()
		f.closer = nil
	}
	return f, nil
}

func (f *File) initFile(file fs.File, cfg *Config) error {
	if r, ok := file.(io.ReaderAt); ok {
		f.r = r
		return f.init(cfg)
	}
	if err := f.slurp(file, cfg.maxSize()); err != nil {
		return err
	}
	f.closer = nil
	return f.init(cfg)
}

// slurp reads a file that offers no random access.
func (f *File) slurp(file fs.File, limit int64) error {
	data, err := openfile.ReadAll(nil, file, f.size, limit)
	if errors.Is(err, openfile.ErrTooLarge) {
		return fmt.Errorf("%w: the file alone has more than the limit of %d bytes", ErrTooLarge, limit)
	}
	if err != nil {
		return err
	}
	f.r, f.size = bytes.NewReader(data), int64(len(data))
	return nil
}
