package kmod

import (
	"errors"
	"fmt"

	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/reason"
)

// Reasons for which a step is not carried out, wrapped by the errors below.
var (
	// ErrBlacklisted: a blacklist line of the configuration names the module.
	ErrBlacklisted = errors.New("the module is blacklisted")

	// ErrForbidden: LoaderConfig.Policy or LoaderConfig.Verify does not allow
	// the module.
	ErrForbidden = errors.New("policy forbids the module")

	// ErrNoCommand: the configuration says to run a command, and there is no
	// LoaderConfig.Command to do it. It wraps errors.ErrUnsupported.
	ErrNoCommand = reason.New("no function was given to run commands with", errors.ErrUnsupported)
)

// SkipError tells why a step did nothing. It wraps ErrBlacklisted or
// ErrNotFound.
type SkipError struct {
	Module string
	Origin *Origin // the line of configuration, nil if there is none
	Err    error
}

func (e *SkipError) Error() string {
	text := fmt.Sprintf("skip module %s: %v", plain.Name(e.Module), e.Err)
	if e.Origin != nil {
		text += " (" + e.Origin.String() + ")"
	}
	return text
}

// Unwrap returns the reason.
func (e *SkipError) Unwrap() error { return e.Err }

// skipError is the error for a step that is skipped.
func (db *DB) skipError(s *Step) error {
	e := &SkipError{Module: s.Module.Name, Origin: s.Skip.Origin, Err: ErrNotFound}
	if s.Skip.Kind == SkipBlacklisted {
		e.Err = ErrBlacklisted
	} else if db.require(&db.deps) != nil {
		e.Err = db.notFound(s.Module.Name, &db.deps, &db.builtins)
	}
	return e
}

// DependencyError reports a module that was not loaded because one that it
// needs was not.
type DependencyError struct {
	Module     string
	Dependency string
	Err        error // what happened to the dependency, nil if it was not tried
}

func (e *DependencyError) Error() string {
	text := fmt.Sprintf("module %s was not loaded, as it needs %s", plain.Name(e.Module), plain.Name(e.Dependency))
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns what happened to the dependency.
func (e *DependencyError) Unwrap() error { return e.Err }

// PolicyError reports a module that LoaderConfig.Policy or LoaderConfig.Verify
// does not allow. It wraps ErrForbidden and the reason that they gave.
type PolicyError struct {
	Module string
	Path   string

	// Chain are the modules that led to this one; see [InsertError].
	Chain []string

	Err error
}

func (e *PolicyError) Error() string {
	text := fmt.Sprintf("load module %s: policy forbids it: %v", plain.Name(e.Module), e.Err)
	if len(e.Chain) > 1 {
		text += " (needed by " + plain.Names(e.Chain[1:], ", for ") + ")"
	}
	return text
}

// Unwrap returns ErrForbidden and the policy's reason.
func (e *PolicyError) Unwrap() []error { return []error{ErrForbidden, e.Err} }

// CommandError reports the command of an install or remove line that failed, or
// that nobody was there to run (ErrNoCommand).
type CommandError struct {
	Command Command
	Err     error
}

func (e *CommandError) Error() string {
	keyword := "install"
	if e.Command.Remove {
		keyword = "remove"
	}
	return fmt.Sprintf("%s command of module %s (%q, %s): %v",
		keyword, plain.Name(e.Command.Module), e.Command.Text, e.Command.Origin, e.Err)
}

// Unwrap returns what went wrong.
func (e *CommandError) Unwrap() error { return e.Err }
