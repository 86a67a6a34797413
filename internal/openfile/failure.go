package openfile

import (
	"errors"
	"syscall"

	"github.com/gokmod/gokmod/internal/sys"
)

// MachineFailed reports whether an error is one of the machine and not of the
// file: there are no more descriptors or memory, or the storage fails (EIO).
// What goes through many files and leaves out bad ones has to end at such an error:
// the file is there, and may be good.
func MachineFailed(err error) bool { return sys.Exhausted(err) || errors.Is(err, syscall.EIO) }
