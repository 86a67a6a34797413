package kmod

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/kmod/live"
)

// RemoveError reports that a module was not removed. It wraps the reason.
type RemoveError struct {
	Module string

	// Errno is the kernel's answer, 0 when the kernel was not asked.
	Errno syscall.Errno

	// Err is the reason; an *[InUseError] for a module that is in use.
	Err error
}

func (e *RemoveError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "remove module %s: %v", plain.Name(e.Module), e.Err)
	if e.Errno != 0 {
		fmt.Fprintf(&b, " (%s)", sys.AnswerText(e.Errno))
	}
	return b.String()
}

// Unwrap returns the reason.
func (e *RemoveError) Unwrap() error { return e.Err }

// Is makes errors.Is(err, syscall.EBUSY) and the like work.
func (e *RemoveError) Is(target error) bool {
	errno, ok := target.(syscall.Errno)
	return ok && errno != 0 && errno == e.Errno
}

// InUseError tells who uses a module. It wraps ErrInUse.
type InUseError struct {
	Module string

	// Refcount is the number of users, the holders among them. It is 0 when
	// the users were gone by the time they were counted.
	Refcount int

	// Holders are the modules that use it.
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

// Remove removes one module, as rmmod(8) does, without waiting for its users. A
// module whose name is not that of its file goes by either, if the Loader has a
// DB. The error is a *[RemoveError].
func (l *Loader) Remove(name string, flags live.RemoveFlags) error {
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

// removeInserted removes a module that was inserted by now. That it is not there
// by the name of its file means that it has another one.
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
	e := &RemoveError{Module: name, Err: err}
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

// useReason finds out why a module does not go: who uses it, or that it cannot
// be removed at all.
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
