package modinfo

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Open opens the module file at that path.
func Open(name string, cfg *Config) (*File, error) {
	// O_NONBLOCK: a named pipe in a hostile tree must not stop us.
	osFile, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &Error{Op: "open", Path: name, Err: cause(err)}
	}
	return openFile(osFile, name, cfg)
}

// OpenFS opens a module file in fsys. A file that cannot be read at any place
// ([io.ReaderAt]) is read into memory.
func OpenFS(fsys fs.FS, name string, cfg *Config) (*File, error) {
	fsFile, err := fsys.Open(name)
	if err != nil {
		return nil, &Error{Op: "open", Path: name, Err: cause(err)}
	}
	return openFile(fsFile, name, cfg)
}

func openFile(file fs.File, name string, cfg *Config) (*File, error) {
	f := &File{path: name, closer: file}
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
	info, err := file.Stat()
	if err != nil {
		return cause(err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: it is not a regular file", ErrFormat)
	}
	f.size = info.Size()
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
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return cause(err)
	}
	if int64(len(data)) > limit {
		return ErrTooLarge
	}
	f.r, f.size = bytes.NewReader(data), int64(len(data))
	return nil
}

// cause takes the path out of an error of the file system; ours names it.
func cause(err error) error {
	if pathErr, ok := err.(*fs.PathError); ok {
		return pathErr.Err
	}
	return err
}
