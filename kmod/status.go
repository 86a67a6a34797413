package kmod

import (
	"errors"

	"github.com/gokmod/gokmod/internal/enum"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/kmod/live"
)

// Status is what the disk and the kernel together say about a module.
type Status uint8

// The status of a module. StatusLive, StatusComing and StatusGoing are the kernel's
// initstate.
const (
	// StatusUnknown: neither the kernel nor an index could be asked.
	StatusUnknown Status = iota

	StatusLive    // loaded and ready
	StatusComing  // being loaded
	StatusGoing   // being removed
	StatusBuiltin // a part of the kernel image

	// StatusLoadable: not loaded, but there is a file.
	StatusLoadable

	// StatusAbsent: not loaded, and no index lists it.
	StatusAbsent
)

var statusNames = [...]string{"unknown", "live", "coming", "going", "built in", "loadable", "absent"}

func (s Status) String() string { return enum.Name(s, statusNames[:], "status") }

// Status returns the status of the module of that name (not an alias). If a module's
// own name, by which the kernel knows it, is not that of its file, either will do: if
// the kernel has modules that modules.dep does not list, the file is read to find out.
// The kernel has the last word, even if the DB is that of another release and says
// otherwise. Without a DB, or with one whose indexes are missing, a module that is not
// in the kernel has StatusUnknown.
func (l *Loader) Status(name string) (Status, error) {
	name = modname.Normalize(name)
	status, err := l.liveStatus(name)
	switch {
	case err != nil:
		return StatusUnknown, err
	case status != live.StatusAbsent && status != live.StatusUnknown:
		return statusOf(status), nil // the DB may be that of another release
	case l.db == nil:
		return StatusUnknown, nil
	}
	onDisk, err := l.db.status(name)
	if onDisk == StatusLoadable && status == live.StatusAbsent {
		if status, _ = l.ownStatus(name); status != live.StatusAbsent {
			return statusOf(status), nil
		}
	}
	return onDisk, err
}

// statusOf converts the status of a module that the kernel has.
func statusOf(s live.Status) Status {
	switch s {
	case live.StatusLive:
		return StatusLive
	case live.StatusComing:
		return StatusComing
	case live.StatusGoing:
		return StatusGoing
	case live.StatusBuiltin:
		return StatusBuiltin
	}
	return StatusUnknown
}

// inKernel returns the outcome of a step whose module the kernel has already,
// OutcomeNotReached for others.
func inKernel(s live.Status) Outcome {
	switch s {
	case live.StatusLive:
		return OutcomeLive
	case live.StatusBuiltin:
		return OutcomeBuiltin
	}
	return OutcomeNotReached
}

// ownStatus asks the kernel about a module of the DB that it does not have by the name
// of its file. It also returns the module's name in the kernel, or that of the file if
// it is absent.
func (l *Loader) ownStatus(file string) (live.Status, string) {
	m, err := l.db.byName(file)
	if err != nil || !m.found() {
		return live.StatusAbsent, file
	}
	status, name, err := l.liveNames().status(m)
	if err != nil || status == live.StatusAbsent {
		return live.StatusAbsent, file
	}
	return status, name
}

// liveStatus asks the kernel alone.
func (l *Loader) liveStatus(name string) (live.Status, error) { return live.StatusOf(l.kernel, name) }

// status asks the disk alone.
func (db *DB) status(name string) (Status, error) {
	m, err := db.byName(name)
	if err == nil && !m.found() {
		m, err = db.builtin(name)
	}
	if err != nil {
		return StatusUnknown, err
	}
	switch {
	case m.Builtin:
		return StatusBuiltin, nil
	case m.found():
		return StatusLoadable, nil
	}
	if open, _ := db.deps.state(); !open {
		return StatusUnknown, nil
	}
	return StatusAbsent, nil
}

// errSilentBuiltin is an ErrNotLoaded that says more.
var errSilentBuiltin = reason.New("the module is built into the kernel, which shows nothing of it", live.ErrNotLoaded)

// Live is [live.Open] for the Loader's kernel. If the Loader has a DB, it takes either
// name of a module whose own name is not that of its file.
func (l *Loader) Live(name string) (*live.Module, error) {
	m, err := live.Open(l.kernel, name)
	if err == nil || l.db == nil || !errors.Is(err, live.ErrNotLoaded) {
		return m, err
	}
	name = modname.Normalize(name)
	if status, own := l.ownStatus(name); status != live.StatusAbsent {
		return live.Open(l.kernel, own)
	}
	if status, _ := l.db.status(name); status == StatusBuiltin {
		err = &live.Error{Op: "read", Module: name, Err: errSilentBuiltin}
	}
	return nil, err
}
