package modinfo

import (
	"bytes"
	"io"
	"io/fs"
	"sync"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/modfile"
)

// DefaultMaxSize is the limit on the uncompressed size of a compressed module if
// [Config] sets none: 512 MiB. The largest modules of distributions have some 30
// MB, and 300 MB with their debug information, so no real module reaches it, while
// a machine that loads modules survives one that does.
const DefaultMaxSize = decompress.DefaultLimit

// Config holds the options for opening a module. The zero value, or nil, means
// the defaults.
type Config struct {
	// MaxSize limits the uncompressed size of a compressed module in bytes, and
	// the size of its file. 0 means DefaultMaxSize.
	//
	// Unpacking never takes more than 1.1 times MaxSize, whatever a file claims, or
	// 20 MiB more than MaxSize if that is larger. Memory is used for actual data,
	// not for what a file claims to contain. Compressed files are read in pieces,
	// but zstd data as a whole: if that has more bytes than a sixteenth of MaxSize,
	// and than 16 MiB, the rest counts as if it were part of the module.
	MaxSize int64
}

func (c *Config) maxSize() int64 {
	if c == nil {
		return DefaultMaxSize
	}
	return modfile.Limit(c.MaxSize)
}

// File is an open module. Its methods read what they need when they are called:
// from a plain file only the parts in question, while Open decompresses a
// compressed one as a whole. They may be called concurrently, but not after
// Close.
type File struct {
	path    string
	file    *modfile.File
	content modfile.Content
	elf     *elfmod.File

	// symbols reads the symbol table once for all methods.
	symbols func() (*elfmod.SymbolTable, error)
}

// ReadFile reads the Info of the module file at the given path.
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
	f := &File{file: modfile.New(r, max(size, 0), cfg.maxSize())}
	if err := f.init(); err != nil {
		return nil, f.wrap("open", err)
	}
	return f, nil
}

// init opens the module inside the file.
func (f *File) init() (err error) {
	if f.content, err = f.file.Content(); err != nil {
		return err
	}
	if f.content.Bytes != nil {
		f.elf, err = elfmod.NewBytes(f.content.Bytes)
	} else {
		f.elf, err = elfmod.New(f.content.ReaderAt, f.content.Size)
	}
	if err != nil {
		f.content.Release()
		return err
	}
	f.symbols = sync.OnceValues(f.elf.Symbols)
	return nil
}

// Close releases the file. Results of the methods stay valid.
func (f *File) Close() error {
	f.content.Release()
	return f.wrap("close", f.file.Close())
}

// Size is the size of the uncompressed module in bytes, with its signature.
func (f *File) Size() int64 { return f.content.Size }

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
	sig, err := readSignature(f.content.ReaderAt, f.content.Size)
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
