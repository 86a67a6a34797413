package modfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/openfile"
)

// Limit returns the limit on the uncompressed size of a module, and on the size
// of its file, for a caller's setting: 0 stands for the default.
func Limit(setting int64) int64 {
	if setting == 0 {
		return decompress.DefaultLimit
	}
	return setting
}

// File is an open module file, which is read only when asked for. It is not safe
// for concurrent use.
type File struct {
	file  fs.File     // nil if it is not ours to close
	lent  *os.File    // that of the caller, or nil
	at    io.ReaderAt // nil without random access, or if the file is in data
	data  []byte
	size  int64
	limit int64

	room   *Room // where it is unpacked
	inside bool  // it has a place there

	looked bool // codec is known
	codec  decompress.Codec
	head   [decompress.MagicSize]byte
}

// Open opens the module file at the given path of the machine. The limit is as
// for [Limit].
func Open(path string, limit int64) (*File, error) {
	f, info, err := openfile.Open(path)
	if err != nil {
		return nil, err
	}
	return newFile(f, info.Size(), limit), nil
}

// OpenFS opens a module file in fsys, which may be the file system of a tree.
func OpenFS(fsys fs.FS, name string, limit int64) (*File, error) {
	f, info, err := openfile.OpenFS(fsys, name)
	if err != nil {
		return nil, err
	}
	return newFile(f, info.Size(), limit), nil
}

func newFile(f fs.File, size, limit int64) *File {
	at, _ := f.(io.ReaderAt)
	return &File{file: f, at: at, size: size, limit: Limit(limit)}
}

// New returns a module file of size bytes that r reads. Close does not close r.
func New(r io.ReaderAt, size, limit int64) *File {
	return &File{at: r, size: size, limit: Limit(limit)}
}

// Lend returns the module file that the caller has open. Close does not close it. The
// error is an *[fs.PathError]: it is not a regular file, or not open.
func Lend(f *os.File, limit int64) (*File, error) {
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: f.Name(), Err: openfile.ErrNotRegular}
	}
	if err != nil {
		return nil, err
	}
	return &File{lent: f, at: f, size: info.Size(), limit: Limit(limit)}, nil
}

// Lent reports whether the file is one that the caller has open, maybe for writing.
func (f *File) Lent() bool { return f.lent != nil }

// NewBytes returns a module file in memory.
func NewBytes(data []byte, limit int64) *File {
	f := &File{limit: Limit(limit)}
	f.hold(data)
	return f
}

// Close closes the file. It may be called more than once.
func (f *File) Close() error {
	f.leave()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

// Descriptor returns the file as the kernel can take it, nil if it is not a file
// of this machine.
func (f *File) Descriptor() *os.File {
	if f.lent != nil {
		return f.lent
	}
	return openfile.Standard(f.file)
}

// Replace makes the file hold an image that was unpacked from it, which must not
// change any more, whatever happens to the file. Only the descriptor stays.
func (f *File) Replace(image []byte) {
	f.hold(image)
	f.codec = decompress.None
}

// hold makes the file one in memory.
func (f *File) hold(data []byte) {
	f.at, f.data, f.size = nil, data, int64(len(data))
	f.looked, f.codec = true, decompress.Detect(data)
}

// look determines the codec. A file without random access, or without a size, is
// read into memory.
func (f *File) look() error {
	if f.looked {
		return nil
	}
	if f.at == nil || f.size == 0 {
		return f.slurp()
	}
	head := f.head[:min(f.size, decompress.MagicSize)]
	if n, err := f.at.ReadAt(head, 0); n < len(head) && err != nil && err != io.EOF {
		return openfile.Cause(err)
	}
	f.looked, f.codec = true, decompress.Detect(head)
	return nil
}

// slurp reads the whole file into memory.
func (f *File) slurp() error {
	data, err := openfile.ReadAll(nil, f.reader(), f.size, f.limit)
	switch {
	case errors.Is(err, openfile.ErrTooLarge):
		return &decompress.Error{Kind: decompress.ErrTooLarge, Limit: f.limit}
	case err != nil:
		return err
	}
	f.hold(data)
	return nil
}

// reader reads a file that is not in memory from its start.
func (f *File) reader() io.Reader {
	if f.file != nil {
		return f.file
	}
	size := f.size
	if f.lent != nil {
		size = math.MaxInt64 // it may have grown
	}
	return io.NewSectionReader(f.at, 0, size)
}

// Content is an uncompressed module: in its file, or in memory.
type Content struct {
	io.ReaderAt
	Size  int64
	Image // its Bytes are nil if the module is read from the file
}

// Content returns the uncompressed module. A plain file is read on demand, and only
// while it is open. Release returns the memory. The error is a read error, or wraps
// elfmod.ErrFormat or decompress.ErrTooLarge.
func (f *File) Content() (Content, error) {
	if err := f.look(); err != nil {
		return Content{}, err
	}
	if f.codec == decompress.None && f.at != nil {
		return Content{ReaderAt: f.at, Size: f.size}, nil
	}
	image := Image{Bytes: f.data}
	if f.codec != decompress.None {
		var err error
		if image, err = f.Image(); err != nil {
			return Content{}, err
		}
	}
	return Content{bytes.NewReader(image.Bytes), int64(len(image.Bytes)), image}, nil
}
