package openfile

import (
	"errors"
	"syscall"

	"github.com/gokmod/gokmod/internal/sys"
)

// MachineFailed reports whether the machine rather than the file is at fault:
// descriptors or memory have run out, or the storage fails (EIO). Code that reads
// many files and leaves out bad ones must stop at such an error: the file exists,
// and may be good.
func MachineFailed(err error) bool { return sys.Exhausted(err) || errors.Is(err, syscall.EIO) }
