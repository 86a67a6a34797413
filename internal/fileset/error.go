package fileset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// State says which files readers of the directory see.
type State int

const (
	// Old is the set as it was.
	Old State = iota
	// New is the set as it should be.
	New
	// Mixed is neither: some files are old and some new, each of them complete.
	// It only occurs if the file system has no links or locks.
	Mixed
)

// String returns the state in words.
func (s State) String() string {
	switch s {
	case Old:
		return "the old files are in place"
	case New:
		return "the new files are in place"
	}
	return "some files are old and some are new"
}

// Error says why a set was not replaced, or not completely: with the state New
// the files are replaced, but some traces remain, or not everything is on the
// disk yet. Another run cleans up.
type Error struct {
	// Dir is the directory.
	Dir string
	// Name is the file that the error is about. Empty means none in particular.
	Name string
	// State is what readers see now, if nothing else is done.
	State State
	// Err is the reason.
	Err error
}

// Error returns one sentence.
func (e *Error) Error() string {
	what := "the files"
	if e.Name != "" {
		what = fmt.Sprintf("%q", e.Name)
	}
	return fmt.Sprintf("replacing %s in %s: %v; %v", what, e.Dir, e.Err, e.State)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// nameError says which file an error is about, until it becomes an Error.
type nameError struct {
	name string
	err  error
}

func (e *nameError) Error() string { return e.name + ": " + e.err.Error() }

// named attaches the name of a file of the set to an error.
func named(name string, err error) error {
	if err == nil {
		return nil
	}
	return &nameError{name, cause(err)}
}

func wrap(dir string, state State, err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Dir: dir, State: state, Err: cause(err)}
	if n := (*nameError)(nil); errors.As(err, &n) {
		e.Name, e.Err = n.name, n.err
	}
	return e
}

// cause strips the paths of internal files from an error.
func cause(err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}
