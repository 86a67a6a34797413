package live

import (
	"errors"

	"github.com/gokmod/gokmod/internal/enum"
	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
)

// Status is what a kernel says about a module.
type Status uint8

// The status of a module in a kernel.
const (
	StatusUnknown Status = iota // neither /sys nor /proc could tell
	StatusAbsent                // not in the kernel
	StatusLive                  // loaded and ready
	StatusComing                // being loaded
	StatusGoing                 // being removed
	StatusBuiltin               // a part of the kernel image, shown for its parameters
)

var statusNames = [...]string{"unknown", "absent", "live", "coming", "going", "built in"}

func (s Status) String() string { return enum.Name(s, statusNames[:], "status") }

// StatusOf asks a kernel (nil for the running one) for the status of the module of
// that name. Dashes in the name count as underscores. A built-in without parameters
// is StatusAbsent. The error is of type *[Error].
func StatusOf(k Kernel, name string) (Status, error) {
	name = modname.Normalize(name)
	status, err := statusOf(orHost(k), name)
	if err != nil {
		err = &Error{Op: "read", Module: name, Err: err}
	}
	return status, err
}

// statusOf is StatusOf with errors that do not name the module.
func statusOf(k Kernel, name string) (Status, error) {
	if !kernfs.IsElement(name) {
		return StatusAbsent, nil
	}
	sys := k.Sys()
	word, err := kernfs.Read(sys, "module/"+name+"/initstate")
	switch {
	case err == nil:
		return parseInitstate(word).status(), nil
	case !kernfs.Gone(err):
		return StatusUnknown, err
	}
	if mode, err := openfile.Mode(sys, "module/"+name); err == nil && mode.IsDir() {
		return withoutInitstate(k, name)
	}
	if kernfs.Exists(sys, "module") {
		return StatusAbsent, nil
	}
	return listedStatus(k, name)
}

// looks is how often a directory without initstate is checked before it counts as
// that of a built-in: between two checks a module may go and come again.
const looks = 2

// withoutInitstate decides what a directory without initstate is: a built-in with
// parameters, or a module that is being loaded or removed at this moment. The latter
// is in /proc/modules for as long as it has a directory.
func withoutInitstate(k Kernel, name string) (Status, error) {
	sys, dir := k.Sys(), "module/"+name
	for range looks {
		status, err := listedStatus(k, name)
		if err != nil || status != StatusAbsent && status != StatusUnknown {
			return status, err
		}
		// The module may have come or gone entirely since.
		if word, err := kernfs.Read(sys, dir+"/initstate"); err == nil {
			return parseInitstate(word).status(), nil
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

// listedStatus finds the status in /proc/modules.
func listedStatus(k Kernel, name string) (Status, error) {
	row, err := findRow(k, name)
	switch {
	case err == nil:
		return row.State.status(), nil
	case errors.Is(err, ErrNotLoaded):
		return StatusAbsent, nil
	case kernfs.Gone(err):
		return StatusUnknown, nil
	}
	return StatusUnknown, err
}

// findRow finds a module in /proc/modules. That a row cannot be read counts only if no
// other one is that of the module.
func findRow(k Kernel, name string) (LoadedModule, error) {
	failure := ErrNotLoaded
	for row, err := range listed(k) {
		if err == nil && row.Name == name {
			return row, nil
		}
		if err != nil && failure == ErrNotLoaded {
			failure = err
		}
	}
	return LoadedModule{}, failure
}

// Changing reports whether the kernel itself says that a module is being loaded or
// removed, which is bound to end. [StatusOf] may merely infer it from what is
// missing.
func Changing(k Kernel, name string) bool {
	k = orHost(k)
	if kernfs.Exists(k.Sys(), "module/"+name+"/initstate") {
		return true
	}
	status, _ := listedStatus(k, name)
	return status == StatusComing || status == StatusGoing
}

func (s Initstate) status() Status {
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
