package xz

import (
	"errors"
	"fmt"
	"io"
)

// The kinds of failure. Every error of this package is an [*Error] that wraps
// one of them.
var (
	// ErrFormat means that the data is not an .xz file.
	ErrFormat = errors.New("not an xz file")

	// ErrCorrupt means that the file is damaged. If it merely ends too early,
	// the error wraps [io.ErrUnexpectedEOF] as well.
	ErrCorrupt = errors.New("corrupt xz file")

	// ErrUnsupported means that the file may be fine, but uses a filter, a
	// check or a header field that this package does not know. It wraps
	// [errors.ErrUnsupported].
	ErrUnsupported error = unsupportedError{}

	// ErrLimit means that the file holds more data than the caller allows.
	ErrLimit = errors.New("xz file is too large")
)

// unsupportedError is the type of ErrUnsupported. Making it with package fmt
// would add 0.06 ms to the start of every program.
type unsupportedError struct{}

func (unsupportedError) Error() string {
	return "xz feature is not supported (" + errors.ErrUnsupported.Error() + ")"
}

func (unsupportedError) Unwrap() error { return errors.ErrUnsupported }

// Error says what is wrong with a file and where.
type Error struct {
	Offset int64  // position in the file, in bytes
	Reason string // what is wrong, a phrase like "index CRC32 does not match"
	Err    error  // one of the Err values of this package

	truncated bool
}

// Error returns one plain sentence.
func (e *Error) Error() string {
	kind := e.Err
	if errors.Is(kind, ErrUnsupported) {
		return fmt.Sprintf("unsupported xz file: %s at offset %d", e.Reason, e.Offset)
	}
	return fmt.Sprintf("%v: %s at offset %d", kind, e.Reason, e.Offset)
}

// Unwrap returns the kind of the error, and [io.ErrUnexpectedEOF] for a file
// that ends too early.
func (e *Error) Unwrap() []error {
	if e.truncated {
		return []error{e.Err, io.ErrUnexpectedEOF}
	}
	return []error{e.Err}
}

// corrupt makes an error, and no copies of itself where damage is found.
//
//go:noinline
func corrupt(offset int, reason string) error {
	return &Error{Offset: int64(offset), Reason: reason, Err: ErrCorrupt}
}

func truncated(offset int, reason string) error {
	return &Error{Offset: int64(offset), Reason: reason, Err: ErrCorrupt, truncated: true}
}

func unsupported(offset int, reason string) error {
	return &Error{Offset: int64(offset), Reason: reason, Err: ErrUnsupported}
}

func overLimit(offset int, limit int64) error {
	reason := fmt.Sprintf("more than %d bytes of data", limit)
	return &Error{Offset: int64(offset), Reason: reason, Err: ErrLimit}
}
