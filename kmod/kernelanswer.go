package kmod

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/internal/sys"
)

// insertReason returns what an answer of the kernel means for an insert.
func insertReason(errno syscall.Errno) error {
	switch errno {
	case syscall.ENOENT:
		return ErrUnknownSymbol
	case syscall.ENOEXEC:
		return ErrIncompatible
	case syscall.EEXIST:
		return ErrExists
	case syscall.EBUSY:
		return ErrBusy
	case syscall.EINVAL:
		return ErrInvalid
	case sys.KeyRejected, sys.NoKey, sys.BadMessage, sys.NoPackage:
		return ErrSignature
	case syscall.ENOSYS:
		return reason.New("the kernel has no module support", errors.ErrUnsupported)
	case syscall.EACCES:
		return reason.New("a security policy forbids it", fs.ErrPermission)
	case syscall.ENOMEM:
		return errors.New("there is not enough memory for the module")
	case syscall.EFAULT, syscall.EINTR, syscall.ETIMEDOUT, syscall.E2BIG, syscall.EBADF,
		syscall.EFBIG, sys.TextBusy, syscall.EOPNOTSUPP:
		return errors.New("the kernel could not take the module")
	}
	return ErrInit
}

// errKeptOut is a reason for EPERM.
var errKeptOut = reason.New("the kernel command line keeps it out (module_blacklist=)", fs.ErrPermission)

// permissionReason finds out what is behind EPERM. The name is that of the module to
// be inserted, "" for none.
func (l *Loader) permissionReason(name string) error {
	if kernfs.ModulesDisabled(l.kernel.Proc()) {
		return ErrModulesDisabled
	}
	if capable, known := kernfs.Capable(l.kernel.Proc()); known && !capable {
		return ErrCapability
	}
	if slices.Contains(kernfs.Blacklist(l.kernel.Proc()), name) {
		return errKeptOut
	}
	if kernfs.Locked(l.kernel.Sys()) {
		return ErrLockdown
	}
	return reason.New("the kernel does not permit it", fs.ErrPermission)
}
