package modinfo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/ksymtab"
	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/symtab"
)

// KernelConfig holds the options for opening a kernel image. The zero value, or nil,
// means the defaults.
type KernelConfig struct {
	// MaxSize limits the size of the image and that of the unpacked kernel, which
	// together take at most 1.1 times as many bytes of memory. 0 means DefaultMaxSize.
	MaxSize int64

	// SystemMap is the System.map of the kernel, nil for none. Exports are read where
	// it says; one that does not fit the kernel is an error when they are asked for.
	// Without it the tables of exports are found by what they are.
	SystemMap io.Reader
}

// OpenKernel opens the kernel image at the given path, such as /boot/vmlinuz-6.12.1.
func OpenKernel(name string, cfg *KernelConfig) (*Kernel, error) {
	f, info, err := openfile.Open(name)
	if err != nil {
		return nil, kernelFailed("open", name, err)
	}
	defer f.Close()
	return newKernel(f, info.Size(), name, cfg)
}

// OpenKernelFS opens a kernel image in fsys. A file without random access
// ([io.ReaderAt]) is read into memory.
func OpenKernelFS(fsys fs.FS, name string, cfg *KernelConfig) (*Kernel, error) {
	f, info, err := openfile.OpenFS(fsys, name)
	if err != nil {
		return nil, kernelFailed("open", name, err)
	}
	defer f.Close()
	if r, ok := f.(io.ReaderAt); ok {
		return newKernel(r, info.Size(), name, cfg)
	}
	data, err := openfile.ReadAll(nil, f, info.Size(), cfg.maxSize())
	if errors.Is(err, openfile.ErrTooLarge) {
		err = tooLargeError{err}
	}
	if err != nil {
		return nil, kernelFailed("open", name, kernelError(err))
	}
	return newKernel(bytes.NewReader(data), int64(len(data)), name, cfg)
}

// NewKernel opens a kernel image of size bytes: a vmlinux, a bzImage, an EFI zboot image,
// or any other image that is the kernel itself or has it compressed with gzip, xz, zstd
// or legacy lz4, as a whole or in part. The kernel is unpacked into memory once, and
// the reader not used afterwards. Of a vmlinux only what the kernel has in memory is
// read, not its debug information.
//
// The error is an [*Error] and wraps ErrKernelImage, ErrTooLarge, or that of the reader.
func NewKernel(r io.ReaderAt, size int64, cfg *KernelConfig) (*Kernel, error) {
	return newKernel(r, size, "", cfg)
}

func newKernel(r io.ReaderAt, size int64, name string, cfg *KernelConfig) (*Kernel, error) {
	m, err := kernelimage.Load(r, size, cfg.maxSize())
	if err != nil {
		return nil, kernelFailed("open", name, kernelError(err))
	}
	find := func() (*ksymtab.Exports, error) { return ksymtab.Find(m) }
	if cfg != nil && cfg.SystemMap != nil {
		addresses, err := symtab.ReadAddresses(cfg.SystemMap)
		if err != nil {
			return nil, kernelFailed("open", name, fmt.Errorf("read System.map: %w", mapError(err)))
		}
		find = func() (*ksymtab.Exports, error) { return ksymtab.FindWith(m, addresses) }
	}
	return &Kernel{path: name, memory: m, exports: sync.OnceValues(find), vermagic: sync.OnceValue(m.Vermagic)}, nil
}

// kernelFailed is the error of what was done with an image.
func kernelFailed(op, name string, err error) error {
	return &Error{Op: op, Path: name, Err: err, what: "kernel image"}
}

// mapError says of a System.map that is too large what is said of other files.
func mapError(err error) error {
	if errors.Is(err, symtab.ErrTooLarge) {
		return tooLargeError{err}
	}
	return openfile.Cause(err)
}

// tooLargeError is an error that wraps ErrTooLarge besides.
type tooLargeError struct{ error }

func (e tooLargeError) Unwrap() []error { return []error{e.error, ErrTooLarge} }

// imageError is an error that wraps ErrKernelImage besides. It says itself what is wrong:
// that an image cannot be unpacked is not true of what is not an image.
type imageError struct{ error }

func (e imageError) Unwrap() []error { return []error{e.error, ErrKernelImage} }

// kernelError tells an image that is none from a failure to read it.
func kernelError(err error) error {
	var packed *kernelimage.PackedError
	switch {
	case errors.Is(err, ErrTooLarge):
	case errors.As(err, &packed), errors.Is(err, kernelimage.ErrUnknown), errors.Is(err, kernelimage.ErrCut):
		return imageError{err}
	}
	return err
}

func (c *KernelConfig) maxSize() int64 {
	if c == nil {
		return DefaultMaxSize
	}
	return modfile.Limit(c.MaxSize)
}
