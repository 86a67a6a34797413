package closure

import (
	"io"
	"io/fs"
	"sync"

	"github.com/gokmod/gokmod/internal/memfs"
	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/tree"
)

// imageSource is a file of the DB's tree in an image.
type imageSource struct {
	tree   *tree.Tree
	file   string // in the tree
	shown  string // the path to show to people
	unpack bool   // it is a module to be uncompressed
	limit  int64  // on the uncompressed size

	mu    sync.Mutex
	sized bool  // bytes is known
	bytes int64 // uncompressed size
}

// Open opens the file under the name that it has in the image.
func (s *imageSource) Open(name string) (fs.File, error) {
	if s.unpack {
		data, err := s.unpacked()
		if err != nil {
			return nil, err
		}
		return memfs.Open(name, data), nil
	}
	f, info, err := s.tree.OpenFile(s.file)
	if err != nil {
		return nil, s.wrap("open", err)
	}
	opened := &imageOpened{f, memfs.Info(name, info.Size())}
	if r, ok := f.(io.ReaderAt); ok {
		return &imageOpenedAt{opened, r}, nil
	}
	return opened, nil
}

// Size is the size of the file in the image.
func (s *imageSource) Size() (int64, error) {
	if !s.unpack {
		f, info, err := s.tree.OpenFile(s.file)
		if err != nil {
			return 0, s.wrap("stat", err)
		}
		f.Close()
		return info.Size(), nil
	}
	s.mu.Lock()
	known, size := s.sized, s.bytes
	s.mu.Unlock()
	if known {
		return size, nil
	}
	data, err := s.unpacked()
	return int64(len(data)), err
}

// unpacked reads the module and unpacks it.
func (s *imageSource) unpacked() ([]byte, error) {
	f, err := modfile.OpenFS(s.tree.FS, s.file, s.limit)
	if err != nil {
		return nil, s.wrap("open", err)
	}
	defer f.Close()
	data, err := f.Unpack(nil)
	if err != nil {
		return nil, s.wrap("unpack", err)
	}
	s.mu.Lock()
	s.sized, s.bytes = true, int64(len(data))
	s.mu.Unlock()
	return data, nil
}

func (s *imageSource) wrap(op string, err error) error {
	return &fs.PathError{Op: op, Path: s.shown, Err: openfile.Cause(err)}
}

// imageOpened is an open file with the FileInfo that the image has for it.
type imageOpened struct {
	fs.File
	info fs.FileInfo
}

func (f *imageOpened) Stat() (fs.FileInfo, error) { return f.info, nil }

// imageOpenedAt is one that can be read at any offset.
type imageOpenedAt struct {
	*imageOpened
	io.ReaderAt
}
