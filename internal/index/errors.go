package index

import (
	"errors"
	"fmt"
)

// ErrCorrupt is matched by every [CorruptError].
var ErrCorrupt = errors.New("corrupt index")

// A CorruptError says where and how a file breaks the rules of the format.
type CorruptError struct {
	File   string // as given to New
	Offset int64  // of the node or its part, in bytes
	Msg    string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is a corrupt index: %s at offset %d", e.File, e.Msg, e.Offset)
}

// Is makes errors.Is(err, ErrCorrupt) true.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// A VersionError says that a file is an index of an unsupported version. It
// matches errors.ErrUnsupported.
type VersionError struct {
	File         string // as given to New
	Major, Minor uint16
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("%s is an index of version %d.%d, and only version %d is known",
		e.File, e.Major, e.Minor, majorVersion)
}

// Unwrap returns errors.ErrUnsupported.
func (e *VersionError) Unwrap() error { return errors.ErrUnsupported }

func (r *Reader) corrupt(offset int, msg string) error {
	return &CorruptError{File: r.name, Offset: int64(offset), Msg: msg}
}
