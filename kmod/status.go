package kmod

import (
	"fmt"
	"io/fs"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
)

// Status is what disk and kernel together say about a module.
type Status uint8

// The status of a module. The first three are the kernel's initstate.
const (
	// StatusUnknown: neither the kernel nor an index could be asked.
	StatusUnknown Status = iota

	StatusLive    // loaded and ready
	StatusComing  // being loaded
	StatusGoing   // being removed
	StatusBuiltin // a part of the kernel image

	// StatusLoadable: not loaded, but there is a file.
	StatusLoadable

	// StatusAbsent: not loaded, and no index knows it.
	StatusAbsent
)

func (s Status) String() string {
	names := [...]string{"unknown", "live", "coming", "going", "built in", "loadable", "absent"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("status %d", uint8(s))
}

// Status tells where the module of that name (not an alias) stands. Where a
// module's own name, by which the kernel knows it, is not that of its file, it may
// be either: if the kernel has modules that modules.dep does not list, the file is
// read to find out. What the kernel says counts, also where the DB is that of
// another release and says otherwise. Without a DB, or with one whose indexes are
// missing, a module that is not in the kernel has StatusUnknown.
func (l *Loader) Status(name string) (Status, error) {
	name = modname.Normalize(name)
	status, err := l.liveStatus(name)
	switch {
	case err != nil:
		return StatusUnknown, err
	case status != StatusAbsent && status != StatusUnknown:
		return status, nil // the DB may be that of another release
	case l.db == nil:
		return StatusUnknown, nil
	}
	onDisk, err := l.db.status(name)
	if onDisk == StatusLoadable && status == StatusAbsent {
		if status, _ = l.ownStatus(name); status != StatusAbsent {
			return status, nil
		}
	}
	return onDisk, err
}

// inKernel is the outcome of a step whose module the kernel has already,
// OutcomeNotReached for the others.
func (s Status) inKernel() Outcome {
	switch s {
	case StatusLive:
		return OutcomeLive
	case StatusBuiltin:
		return OutcomeBuiltin
	}
	return OutcomeNotReached
}

// ownStatus asks the kernel about a module of the DB that it does not have by the
// name of its file. It returns the name that it has there, the same for one that
// is not.
func (l *Loader) ownStatus(file string) (Status, string) {
	m, err := l.db.byName(file)
	if err != nil || !m.found() {
		return StatusAbsent, file
	}
	status, name, err := l.liveNames().status(m)
	if err != nil || status == StatusAbsent {
		return StatusAbsent, file
	}
	return status, name
}

// liveStatus asks the kernel alone. StatusAbsent means not in the kernel,
// StatusUnknown that there are no files that would tell.
func (l *Loader) liveStatus(name string) (Status, error) {
	status, err := l.askStatus(name)
	if err != nil {
		err = fmt.Errorf("read the state of module %s: %w", plain.Name(name), err)
	}
	return status, err
}

// askStatus is liveStatus with errors that do not name the module.
func (l *Loader) askStatus(name string) (Status, error) {
	if !kernfs.IsElement(name) {
		return StatusAbsent, nil
	}
	sys := l.kernel.Sys()
	word, err := kernfs.Read(sys, "module/"+name+"/initstate")
	switch {
	case err == nil:
		return stateStatus(parseInitstate(word)), nil
	case !kernfs.Gone(err):
		return StatusUnknown, err
	}
	if info, err := fs.Stat(sys, "module/"+name); err == nil && info.IsDir() {
		return l.withoutInitstate(sys, name)
	}
	if kernfs.Exists(sys, "module") {
		return StatusAbsent, nil
	}
	return l.procStatus(name)
}

// looks is how often a directory without initstate is looked at before it counts
// as that of a built-in: between two looks one module may go, and come again.
const looks = 2

// saysChange reports whether the kernel itself says that a module comes or goes,
// which then ends some time.
func (l *Loader) saysChange(name string) bool {
	if kernfs.Exists(l.kernel.Sys(), "module/"+name+"/initstate") {
		return true
	}
	status, _ := l.procStatus(name)
	return status == StatusComing || status == StatusGoing
}

// withoutInitstate decides what a directory without initstate is: a built-in
// with parameters, or a module that comes or goes at this moment. Such a one is
// among the loaded modules for as long as it has a directory.
func (l *Loader) withoutInitstate(sys fs.FS, name string) (Status, error) {
	dir := "module/" + name
	for range looks {
		status, err := l.procStatus(name)
		if err != nil || status != StatusAbsent && status != StatusUnknown {
			return status, err
		}
		// The module may have come or gone entirely since.
		if word, err := kernfs.Read(sys, dir+"/initstate"); err == nil {
			return stateStatus(parseInitstate(word)), nil
		}
		if !kernfs.Exists(sys, dir) {
			return StatusAbsent, nil
		}
		if status == StatusUnknown {
			break // there is no list of modules
		}
	}
	if kernfs.Exists(sys, dir+"/refcnt") || kernfs.Exists(sys, dir+"/holders") {
		return StatusGoing, nil // no built-in has these
	}
	return StatusBuiltin, nil
}

// procStatus is for a machine whose sysfs is not there.
func (l *Loader) procStatus(name string) (Status, error) {
	for m, err := range l.listed() {
		if kernfs.Gone(err) {
			return StatusUnknown, nil
		}
		if err != nil {
			return StatusUnknown, err
		}
		if m.Name == name {
			return stateStatus(m.State), nil
		}
	}
	return StatusAbsent, nil
}

func stateStatus(s Initstate) Status {
	switch s {
	case StateLive:
		return StatusLive
	case StateComing:
		return StatusComing
	case StateGoing:
		return StatusGoing
	}
	return StatusUnknown
}

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
	if open, _ := db.deps.state(db); !open {
		return StatusUnknown, nil
	}
	return StatusAbsent, nil
}
