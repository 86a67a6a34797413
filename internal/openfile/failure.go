package openfile

import (
	"errors"
	"syscall"

	"github.com/gokmod/gokmod/internal/sys"
)

// MachineFailed reports whether an error is one of the machine and not of the
// file: there are no more descriptors or memory, or the storage fails (EIO).
// Whoever goes through many files and leaves out bad ones has to end at such an
// error: what is left out because of it is there.
func MachineFailed(err error) bool { return sys.Exhausted(err) || errors.Is(err, syscall.EIO) }
