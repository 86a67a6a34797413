package kmod

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/kmod/live"
)

// InUseError says what uses a module. It wraps ErrInUse.
type InUseError struct {
	Module string

	// Refcount is the number of users, including the holders. It is 0 when the users
	// were gone by the time they were counted.
	Refcount int

	// Holders are the names of the modules that use it.
	Holders []string
}

func (e *InUseError) Error() string {
	var b strings.Builder
	b.WriteString(ErrInUse.Error())
	if len(e.Holders) > 0 {
		fmt.Fprintf(&b, " by %s", plain.Names(e.Holders, ", "))
	}
	if e.Refcount > 0 {
		fmt.Fprintf(&b, " (refcount %d)", e.Refcount)
	}
	return b.String()
}

// Unwrap returns ErrInUse.
func (e *InUseError) Unwrap() error { return ErrInUse }

// Remove removes one module, as rmmod(8) does, without waiting for its users. If the
// Loader has a DB, a module whose own name is not that of its file goes by either.
// The error is an *[Error] of "remove", or that of the context, whose end is noticed before
// the kernel is asked.
func (l *Loader) Remove(ctx context.Context, name string, flags live.RemoveFlags) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name = modname.Normalize(name)
	err := l.remove(name, flags)
	if l.db == nil || !errors.Is(err, ErrNotLoaded) {
		return err
	}
	m, dbErr := l.db.byName(name)
	if dbErr != nil || !m.found() {
		return err
	}
	if own := l.liveNames().name(m); own != name {
		return l.remove(own, flags)
	}
	return err
}

// removeInserted removes a module that was just inserted. If it is not in the kernel
// by the name of its file, its own name is another one.
func (l *Loader) removeInserted(m Module) error {
	name := l.knownName(m)
	err := l.remove(name, 0)
	if !errors.Is(err, ErrNotLoaded) {
		return err
	}
	if own := l.ownName(m); own != name {
		return l.remove(own, 0)
	}
	return err
}

// remove removes the module that the kernel has by that name.
func (l *Loader) remove(name string, flags live.RemoveFlags) error {
	err := l.kernel.DeleteModule(name, flags)
	if err == nil {
		return nil
	}
	e := &Error{Op: "remove", Module: name, Err: err}
	errno, ok := err.(syscall.Errno)
	if !ok {
		return e // the call was not made
	}
	switch e.Errno = errno; errno {
	case syscall.EAGAIN, syscall.EBUSY:
		e.Err = l.useReason(name, errno)
	case syscall.ENOENT:
		e.Err = ErrNotLoaded
	case syscall.EPERM:
		e.Err = l.permissionReason("")
	case syscall.ENOSYS:
		e.Err = reason.New("the kernel cannot unload modules", errors.ErrUnsupported)
	default:
		e.Err = errors.New("the kernel refused")
	}
	return e
}

// useReason finds out why a module could not be removed: what uses it, or that it
// cannot be removed at all.
func (l *Loader) useReason(name string, errno syscall.Errno) error {
	use := &InUseError{Module: name}
	for m, err := range live.Loaded(l.kernel) {
		if err != nil || m.Name != name {
			continue
		}
		if m.Permanent {
			return ErrPermanent
		}
		use.Refcount, use.Holders = max(0, m.Refcount), m.Holders
	}
	if errno == syscall.EBUSY {
		return ErrBusy
	}
	return use
}
