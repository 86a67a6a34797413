package kmod

import (
	"context"
	"time"

	"github.com/gokmod/gokmod/internal/enum"
	"github.com/gokmod/gokmod/kmod/live"
)

// UnloadOptions are the options of [Loader.Unload]. The zero value, or nil,
// means what "modprobe --remove" does.
type UnloadOptions struct {
	// Flags force the removal of the modules that were asked for.
	Flags live.RemoveFlags

	// Holders removes the modules that use a module before it, as
	// --remove-holders of modprobe(8) does.
	Holders bool

	// KeepUnused does not remove dependencies that become unused, nor soft
	// dependencies.
	KeepUnused bool

	// IgnoreCommands removes requested modules even if a remove line of the
	// configuration says to run a command instead.
	IgnoreCommands bool

	// SkipUnknown removes the rest when neither the kernel nor an index knows a name,
	// or when it is no valid name: the result has it as RemovalSkipped, with an error
	// that wraps ErrNotFound or is a [LookupError] that says what is wrong with it. If
	// the indexes that would know the name are missing, that is an error nonetheless.
	SkipUnknown bool

	// Wait is how long to retry in all while modules are in use, with growing
	// pauses. 0 means a single try. The end of the context also ends the waiting.
	Wait time.Duration

	// KeepGoing removes what can be removed after a module could not be. Modules
	// that are in use get another turn after the rest, which may be what uses them.
	KeepGoing bool

	// DryRun does everything but change the kernel or run commands.
	DryRun bool

	// Start and Done, if not nil, are called before and after the removal of a
	// module, in the goroutine of the caller.
	Start func(*Removal)
	Done  func(*RemovalResult)
}

// Removal is the removal of one module.
type Removal struct {
	// Module is the name that the kernel has for the module, or that of the file if
	// the module is not in the kernel.
	Module string

	// Reason is why it is removed.
	Reason RemovalReason

	// Of is the name that was requested, or the module whose removal causes this one.
	Of string

	// Command is what to run instead, or nil.
	Command *Command
}

// RemovalReason is why a module is removed.
type RemovalReason uint8

// The reasons for removing a module.
const (
	// RemoveRequested: the caller asked for it.
	RemoveRequested RemovalReason = iota

	// RemoveHolder: it uses a module that the caller asked for.
	RemoveHolder

	// RemoveUnused: a module that was removed needed it, and nothing else does.
	RemoveUnused

	// RemoveSoft: it is a soft dependency of a module that was asked for.
	RemoveSoft
)

var removalNames = [...]string{"requested", "holder", "unused", "soft dependency"}

func (r RemovalReason) String() string { return enum.Name(r, removalNames[:], "reason") }

// RemovalOutcome is what became of a removal.
type RemovalOutcome uint8

// The outcomes of a removal.
const (
	// RemovalNotReached: an earlier one failed, or the context ended.
	RemovalNotReached RemovalOutcome = iota

	// RemovalDone: removed by this call. In a dry run: would have been.
	RemovalDone

	// RemovalNotLoaded: it was not in the kernel.
	RemovalNotLoaded

	// RemovalRan: the remove command succeeded.
	RemovalRan

	// RemovalSkipped: no module has that name; see UnloadOptions.SkipUnknown. Err says
	// so, and Module is the name.
	RemovalSkipped

	// RemovalFailed: for the reason in Err.
	RemovalFailed
)

var removalOutcomes = [...]string{"not reached", "removed", "not loaded", "ran", "skipped", "failed"}

func (o RemovalOutcome) String() string { return enum.Name(o, removalOutcomes[:], "outcome") }

// RemovalResult is what became of one module.
type RemovalResult struct {
	Removal
	Outcome RemovalOutcome
	Err     error
}

// UnloadResult lists the modules in the order in which they had their turn.
type UnloadResult struct {
	Removals []RemovalResult
}

// Removed returns the names of the modules that the call removed.
func (r *UnloadResult) Removed() []string {
	var names []string
	for _, m := range r.Removals {
		if m.Outcome == RemovalDone {
			names = append(names, m.Module)
		}
	}
	return names
}

// Unload removes modules, each before those that it uses, and then the dependencies
// that nothing uses any more. A name may be an alias. A module whose own name is not
// that of its file goes by either; configuration refers to it by the name of the file.
// Unload needs no files: what the kernel knows about its modules is enough, even for
// those that no index lists. A module that is not in the kernel is not an error; a
// name that neither the kernel nor an index knows is one unless SkipUnknown is set, and
// so is a built-in. Such errors come before anything is removed, KeepGoing or not.
//
// The soft dependencies of each requested module are removed too, the "post" ones
// before it and the "pre" ones after it. It is not an error if these, or unused
// dependencies, cannot be removed. If a command removes a module, the module's
// dependencies are left to that command.
//
// The error is that of the first module that could not be removed, usually an
// *[Error] of "remove" or "run"; with KeepGoing it joins those of all. The result is
// never nil.
func (l *Loader) Unload(ctx context.Context, opts *UnloadOptions, names ...string) (*UnloadResult, error) {
	if opts == nil {
		opts = &UnloadOptions{}
	}
	u, err := newUnloader(ctx, l, opts)
	if err != nil {
		return u.result, err
	}
	if err := u.find(names); err != nil {
		return u.result, err
	}
	u.removeTargets()
	return u.result, u.err()
}
