package decompress

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gokmod/gokmod/internal/xz"
)

// The kinds of failure. Every error of this package is an *Error that wraps
// one of them.
var (
	// ErrTooLarge means that the content is larger than the caller's limit.
	ErrTooLarge = errors.New("decompressed data is too large")

	// ErrCorrupt means that the data is damaged. If it merely ends too early,
	// the error wraps io.ErrUnexpectedEOF as well.
	ErrCorrupt = errors.New("compressed data is corrupt")

	// ErrUnsupported means that the data may be fine but uses a feature that
	// this package does not support. It wraps errors.ErrUnsupported.
	ErrUnsupported error = unsupportedError{}
)

// unsupportedError is the type of ErrUnsupported; it avoids package fmt at
// program start.
type unsupportedError struct{}

func (unsupportedError) Error() string {
	return "compression feature is not supported: " + errors.ErrUnsupported.Error()
}

func (unsupportedError) Unwrap() error { return errors.ErrUnsupported }

// Error says why data could not be decompressed.
type Error struct {
	// Codec is the format that the data is in.
	Codec Codec
	// Kind is ErrTooLarge, ErrCorrupt or ErrUnsupported.
	Kind error
	// Limit is the caller's limit in bytes, of ErrTooLarge only.
	Limit int64
	// Err says what exactly is wrong. It is nil if Kind says everything.
	Err error
}

// Error returns one plain sentence.
func (e *Error) Error() string {
	switch {
	case e.Kind == ErrTooLarge && e.Codec == None:
		return fmt.Sprintf("the file alone has more than the limit of %d bytes", e.Limit)
	case e.Codec == None:
		return "the file ends too early"
	case e.Kind == ErrTooLarge:
		return fmt.Sprintf("%v data decompresses to more than the limit of %d bytes", e.Codec, e.Limit)
	case e.Kind == ErrUnsupported:
		return fmt.Sprintf("%v data uses a feature that is not supported: %s", e.Codec, e.detail())
	case e.Err == io.ErrUnexpectedEOF:
		return fmt.Sprintf("%v data is corrupt: it ends too early", e.Codec)
	}
	return fmt.Sprintf("%v data is corrupt: %s", e.Codec, e.detail())
}

// detail returns the text of the cause, without the name of its package.
func (e *Error) detail() string {
	if e.Err == nil {
		return "no reason is known"
	}
	var inXZ *xz.Error
	if errors.As(e.Err, &inXZ) {
		return fmt.Sprintf("%s at offset %d", inXZ.Reason, inXZ.Offset)
	}
	text := e.Err.Error()
	for _, name := range []string{"gzip: ", "flate: ", "lz4: ", "zstd: "} {
		text = strings.TrimPrefix(text, name)
	}
	return text
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// tooLarge reports content larger than limit.
func tooLarge(c Codec, limit int64) error {
	return &Error{Codec: c, Kind: ErrTooLarge, Limit: limit}
}

// corrupt reports damaged data. An end of file is always too early here. Damage is found
// in 50 places, where copies of it would be 10 KB.
//
//go:noinline
func corrupt(c Codec, err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return &Error{Codec: c, Kind: ErrCorrupt, Err: err}
}

// unsupported reports data with an unknown feature.
func unsupported(c Codec, err error) error {
	return &Error{Codec: c, Kind: ErrUnsupported, Err: err}
}

// trailing reports data at offset that does not belong to the file.
func trailing(c Codec, offset int) error {
	return corrupt(c, fmt.Errorf("other data follows it at offset %d", offset))
}
