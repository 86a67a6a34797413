package elfmod

import (
	"errors"
	"fmt"
)

// ErrFormat is wrapped by every error about the contents of a file, so that
// callers can tell a bad file from a failed read.
var ErrFormat = errors.New("not a valid kernel module")

// ErrEmpty is the error for a file without a single byte. It wraps ErrFormat.
var ErrEmpty error = emptyError{}

type emptyError struct{}

func (emptyError) Error() string { return "not a valid kernel module: the file is empty" }
func (emptyError) Unwrap() error { return ErrFormat }

// ErrNotELF is wrapped when a file does not begin as ELF files do: it is something
// else, not a damaged module. It wraps ErrFormat.
var ErrNotELF error = notELFError{}

type notELFError struct{}

func (notELFError) Error() string { return "not a valid kernel module: not an ELF file" }
func (notELFError) Unwrap() error { return ErrFormat }

// FormatError says what is wrong with a file, and where.
type FormatError struct {
	Offset int64 // byte offset into the (uncompressed) file
	Msg    string
	notELF bool
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("not a valid kernel module: %s (at offset %d)", e.Msg, e.Offset)
}

// Unwrap makes errors.Is(err, ErrFormat) true, and ErrNotELF where that is meant.
func (e *FormatError) Unwrap() error {
	if e.notELF {
		return ErrNotELF
	}
	return ErrFormat
}

func formatErrorf(off uint64, format string, args ...any) error {
	return &FormatError{Offset: int64(min(off, 1<<62)), Msg: fmt.Sprintf(format, args...)}
}
