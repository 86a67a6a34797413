package kmod

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/gokmod/gokmod/internal/glob"
	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/reason"
)

// Reasons for which something is not found, not readable or not acceptable.
// They are wrapped by the errors that functions return.
var (
	// ErrNotFound: no index knows a module or alias of that name. It wraps
	// fs.ErrNotExist.
	ErrNotFound = reason.New("module not found", fs.ErrNotExist)

	// ErrNoModuleDir: there is no module directory of the release. It wraps
	// fs.ErrNotExist.
	ErrNoModuleDir = reason.New("there is no module directory", fs.ErrNotExist)

	// ErrNoIndexes: the module directory lacks index files that depmod(8) makes and
	// without which the question has no answer. It wraps fs.ErrNotExist.
	ErrNoIndexes = reason.New("there are no module indexes", fs.ErrNotExist)

	// ErrCorrupt: an index file is damaged.
	ErrCorrupt = index.ErrCorrupt

	// ErrBudget: the patterns of an index file, or of the alias lines of modprobe.d,
	// take more work than any that are meant to be matched: for one name more than
	// 16 steps for each byte of the file and of the name, where a step compares a
	// byte of a pattern with up to 64 places of the name; or more than 2^26 steps for
	// all names of a plan or a closure. Those of real kernels take less than a
	// thousandth. The error says which file it is.
	ErrBudget = glob.ErrBudget

	// ErrPath: an index names a file outside the module directory, or that lies
	// outside the root; or a plan one that is not the module's.
	ErrPath = errors.New("path leaves the module directory")

	// ErrPlan: a plan is not one that a DB could have made.
	ErrPlan = errors.New("the plan is not valid")
)

// LookupError reports a name that could not be resolved. It wraps ErrNotFound,
// and what is missing on the disk where that may be why; or it says in what way
// the name is invalid.
type LookupError struct {
	Name     string   // as asked for
	Dir      string   // module directory
	Searched []string // index files that do not know it
	Missing  []string // index files that do not exist
	Err      error

	// Absence wraps ErrNoModuleDir or ErrNoIndexes, and is nil when all that could
	// know the name is there.
	Absence error
}

func (e *LookupError) Error() string {
	var b strings.Builder
	if !errors.Is(e.Err, ErrNotFound) {
		fmt.Fprintf(&b, "look up module %s: %v", plain.Name(e.Name), e.Err)
		return b.String()
	}
	if e.Absence != nil {
		fmt.Fprintf(&b, "module %s not found: %v", plain.Name(e.Name), e.Absence)
		return b.String()
	}
	fmt.Fprintf(&b, "module %s not found in %s", plain.Name(e.Name), e.Dir)
	switch {
	case len(e.Searched) == 0:
	case len(e.Missing) == 0:
		fmt.Fprintf(&b, " (searched %s)", strings.Join(e.Searched, ", "))
	default:
		fmt.Fprintf(&b, " (searched %s; there is no %s)", strings.Join(e.Searched, ", "), strings.Join(e.Missing, ", "))
	}
	return b.String()
}

// Unwrap returns the reasons.
func (e *LookupError) Unwrap() []error {
	if e.Absence == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Absence}
}

// PathError reports an index entry whose path leaves the module directory, or a
// path in a [Plan] that is not that of the module's file. It wraps ErrPath.
type PathError struct {
	Module string
	Path   string // as it stands in the index or the plan
	Index  string // the index file, "" for a plan
	Want   string // for a plan: the file that the DB has, "" for none
}

func (e *PathError) Error() string {
	switch {
	case e.Index != "":
		return fmt.Sprintf("module %s: the path %q in %s leaves the module directory", plain.Name(e.Module), e.Path, e.Index)
	case e.Want != "":
		return fmt.Sprintf("module %s: the path %q of the plan is not that of its file, %s",
			plain.Name(e.Module), e.Path, e.Want)
	}
	return fmt.Sprintf("module %s: the path %q of the plan is not that of a known module", plain.Name(e.Module), e.Path)
}

// Unwrap returns ErrPath.
func (e *PathError) Unwrap() error { return ErrPath }
