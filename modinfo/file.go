package modinfo

import (
	"bytes"
	"io"
	"io/fs"
	"sync"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/elfmod"
)

// DefaultMaxSize is the limit on the uncompressed size of a compressed module
// where [Config] sets none: 512 MiB. The largest modules of distributions have some
// 30 MB, and 300 MB with their debug information, so that no real module meets it,
// while a machine that loads modules survives one that does.
const DefaultMaxSize = decompress.DefaultLimit

// Config holds the options for opening a module. The zero value, or nil, means
// the defaults.
type Config struct {
	// MaxSize limits the uncompressed size of a compressed module in bytes, and
	// the size of its file. 0 means DefaultMaxSize.
	//
	// Unpacking never takes more than 1.1 times MaxSize, whatever a file claims,
	// or 20 MiB more than MaxSize where that is more. Memory is used for what is
	// there, not for what a file says is there. Compressed files are read in pieces,
	// but zstd data as a whole: if that has more bytes than a sixteenth of MaxSize,
	// and than 16 MiB, the rest counts as if it were part of the module.
	MaxSize int64
}

func (c *Config) maxSize() int64 {
	if c == nil || c.MaxSize == 0 {
		return DefaultMaxSize
	}
	return c.MaxSize
}

// File is an open module. Its methods read what they need when they are
// called: of a plain file only the parts in question, a compressed one is
// decompressed by Open as a whole. They may be called from several goroutines;
// not after Close.
type File struct {
	path   string
	r      io.ReaderAt
	size   int64
	elf    *elfmod.File
	closer io.Closer
	buf    *[]byte // pooled memory behind a decompressed module

	// symbols reads the symbol table once for all who need it.
	symbols func() (*elfmod.SymbolTable, error)
}

// ReadFile reads the Info of the module file at that path.
func ReadFile(name string) (*Info, error) {
	return infoOf(Open(name, nil))
}

// ReadFS reads the Info of a module file in fsys.
func ReadFS(fsys fs.FS, name string) (*Info, error) {
	return infoOf(OpenFS(fsys, name, nil))
}

// Read reads the Info of a module of size bytes, plain or compressed.
func Read(r io.ReaderAt, size int64) (*Info, error) {
	return infoOf(NewFile(r, size, nil))
}

func infoOf(f *File, err error) (*Info, error) {
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Info()
}

// NewFile opens a module of size bytes, plain or compressed. The reader must
// stay usable until Close, which does not close it.
func NewFile(r io.ReaderAt, size int64, cfg *Config) (*File, error) {
	f := &File{r: r, size: max(size, 0)}
	if err := f.init(cfg); err != nil {
		return nil, f.wrap("open", err)
	}
	return f, nil
}

// init looks at the first bytes and opens the module inside.
func (f *File) init(cfg *Config) error {
	head := make([]byte, min(f.size, headSize))
	if n, err := f.r.ReadAt(head, 0); n < len(head) && err != nil && err != io.EOF {
		return err
	}
	var err error
	if decompress.Detect(head) == decompress.None {
		f.elf, err = elfmod.New(f.r, f.size)
	} else if err = f.decompress(cfg); err == nil {
		f.elf, err = elfmod.NewBytes(*f.buf)
	}
	if err != nil {
		f.release()
		return err
	}
	f.symbols = sync.OnceValues(f.elf.Symbols)
	return nil
}

// headSize is enough for every magic number.
const headSize = 8

// decompress replaces the reader by the module's uncompressed image.
func (f *File) decompress(cfg *Config) error {
	buf, err := inflate(f.r, f.size, cfg)
	if err != nil {
		return err
	}
	f.buf, f.r, f.size = buf, bytes.NewReader(*buf), int64(len(*buf))
	return nil
}

// Close releases the file. What the methods returned stays valid.
func (f *File) Close() error {
	f.release()
	if f.closer == nil {
		return nil
	}
	err := f.closer.Close()
	f.closer = nil
	return f.wrap("close", err)
}

func (f *File) release() {
	if f.buf != nil {
		putBuffer(f.buf)
		f.buf = nil
	}
}

// Size is the size of the uncompressed module in bytes, with its signature.
func (f *File) Size() int64 { return f.size }

// Info reads the .modinfo section, the build id and the signature.
func (f *File) Info() (*Info, error) {
	info, err := f.info()
	return info, f.wrap("read fields", err)
}

func (f *File) info() (*Info, error) {
	if f.elf.Section(".modinfo") == nil {
		return nil, noModinfoError{}
	}
	data, err := f.elf.Modinfo()
	if err != nil {
		return nil, err
	}
	fields, err := parseFields(data)
	if err != nil {
		return nil, err
	}
	id, err := f.elf.BuildID()
	if err != nil {
		return nil, err
	}
	sig, err := readSignature(f.r, f.size)
	if err != nil {
		return nil, err
	}
	return &Info{
		Path:      f.path,
		Machine:   Machine(f.elf.Machine),
		Is64:      f.elf.Is64,
		BigEndian: f.elf.Order.Uint16([]byte{1, 0}) == 0x100,
		Fields:    fields,
		BuildID:   bytes.Clone(id),
		Signature: sig,
	}, nil
}

// wrap makes err an *Error that names the file; nil stays nil.
func (f *File) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Path: f.path, Err: err}
}
