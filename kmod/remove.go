package kmod

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/modname"
)

// Reasons for which a module is not removed, wrapped by [RemoveError].
var (
	// ErrInUse (EAGAIN): other modules or processes use the module.
	ErrInUse = errors.New("the module is in use")

	// ErrPermanent (EBUSY): the module has no exit function.
	ErrPermanent = errors.New("the module has no exit function and cannot be removed")

	// ErrNotLoaded (ENOENT): no such module is in the kernel. It wraps
	// fs.ErrNotExist.
	ErrNotLoaded error = &reason{"the module is not in the kernel", fs.ErrNotExist}
)

// RemoveError reports that a module was not removed. It wraps the reason.
type RemoveError struct {
	Module string

	// Errno is the kernel's answer, 0 when the kernel was not asked.
	Errno syscall.Errno

	// Refcount and Holders tell who uses the module, where Err is ErrInUse.
	// Refcount counts the holders too.
	Refcount int
	Holders  []string

	// Err is the reason.
	Err error
}

func (e *RemoveError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "remove module %s: %v", printable(e.Module), e.Err)
	if len(e.Holders) > 0 {
		fmt.Fprintf(&b, " by %s", strings.Join(e.Holders, ", "))
	}
	if e.Refcount > 0 {
		fmt.Fprintf(&b, " (refcount %d)", e.Refcount)
	}
	if e.Errno != 0 {
		fmt.Fprintf(&b, " (%s)", errnoText(e.Errno))
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

// Remove removes one module, as rmmod(8) does, without waiting for its users.
// The error is a *[RemoveError].
func (l *Loader) Remove(name string, flags RemoveFlags) error {
	name = modname.Normalize(name)
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
	case syscall.EAGAIN:
		e.Err = ErrInUse
		l.findUsers(e)
	case syscall.EBUSY:
		e.Err = ErrBusy
		l.findUsers(e)
	case syscall.ENOENT:
		e.Err = ErrNotLoaded
	case syscall.EPERM:
		e.Err = l.permissionReason()
	case syscall.ENOSYS:
		e.Err = &reason{"the kernel cannot unload modules", errors.ErrUnsupported}
	default:
		e.Err = errors.New("the kernel refused")
	}
	return e
}

// findUsers fills in refcount and holders, and finds out whether the module can
// be removed at all.
func (l *Loader) findUsers(e *RemoveError) {
	for m, err := range l.Loaded() {
		if err != nil || m.Name != e.Module {
			continue
		}
		e.Refcount, e.Holders = m.Refcount, m.Holders
		if m.Permanent {
			e.Err = ErrPermanent
		}
	}
}

// Unload removes a module and then each of its dependencies that became unused
// by that, and returns the names of what it removed, in order. Dependencies
// that stay in use, or whose removal fails, are left as they are. The name may
// be an alias; a module that no index knows is removed all the same.
func (l *Loader) Unload(ctx context.Context, name string, flags RemoveFlags) ([]string, error) {
	targets, err := l.unloadTargets(name)
	if err != nil {
		return nil, err
	}
	var removed []string
	for _, target := range targets {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		if err := l.Remove(target, flags); err != nil {
			return removed, err
		}
		removed = append(removed, target)
		removed = append(removed, l.removeUnused(ctx, target)...)
	}
	return removed, nil
}

// unloadTargets finds the modules that a name stands for.
func (l *Loader) unloadTargets(name string) ([]string, error) {
	plain := modname.Normalize(name)
	if status, _ := l.liveStatus(plain); l.db == nil || status == StatusLive {
		return []string{plain}, nil
	}
	found, err := l.db.Lookup(name)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range found {
		names = append(names, m.Name)
	}
	return names, nil
}

// removeUnused removes the dependencies of a module that is gone, users before
// what they use, where nothing else uses them.
func (l *Loader) removeUnused(ctx context.Context, name string) []string {
	if l.db == nil {
		return nil
	}
	deps, err := l.db.Dependencies(name)
	if err != nil {
		return nil
	}
	var removed []string
	for i := len(deps) - 1; i >= 0 && ctx.Err() == nil; i-- {
		count, err := readState(l.kernel.Sys(), "module/"+deps[i].Name+"/refcnt")
		if err != nil || count != "0" {
			continue
		}
		if l.Remove(deps[i].Name, 0) == nil {
			removed = append(removed, deps[i].Name)
		}
	}
	return removed
}
