package modinfo

import (
	"cmp"
	"errors"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/plain"
)

var (
	// ErrFormat is wrapped by errors about a file's contents: it is not a
	// module, is cut off, or is damaged.
	ErrFormat = elfmod.ErrFormat

	// ErrEmpty is wrapped when a file has no bytes at all, or a compressed one no
	// content. It wraps ErrFormat.
	ErrEmpty = elfmod.ErrEmpty

	// ErrNotELF is wrapped when a file, unpacked if it is compressed, does not begin
	// like an ELF file: it is something else, not a damaged module. It wraps ErrFormat.
	ErrNotELF = elfmod.ErrNotELF

	// ErrTooLarge is wrapped when a compressed module, or a kernel image or its
	// System.map, is larger than the limit (see [Config] and [KernelConfig]).
	ErrTooLarge = decompress.ErrTooLarge

	// ErrNoModinfo is wrapped when an ELF file has no .modinfo section. Such
	// an error wraps ErrFormat too.
	ErrNoModinfo = errors.New("there is no .modinfo section")
)

// Error is the error of every function of this package that takes a file. It
// names the file and wraps the cause: ErrFormat, ErrKernelImage, ErrTooLarge, or an
// error of the file system, so that errors.Is(err, fs.ErrNotExist) works.
type Error struct {
	Op   string // "open", "read fields", "read exports", …
	Path string // "" when the module or image came from a reader
	Err  error

	what string // the file in words, "" for a module
}

func (e *Error) Error() string {
	path := cmp.Or(e.what, "module")
	if e.Path != "" {
		path = plain.Line(e.Path)
	}
	if e.Op == "open" || e.Op == "close" {
		return e.Op + " " + path + ": " + e.Err.Error()
	}
	return e.Op + " of " + path + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// noModinfoError is both ErrNoModinfo and ErrFormat.
type noModinfoError struct{}

func (noModinfoError) Error() string   { return "not a kernel module: " + ErrNoModinfo.Error() }
func (noModinfoError) Unwrap() []error { return []error{ErrNoModinfo, ErrFormat} }
