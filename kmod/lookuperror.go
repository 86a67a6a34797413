package kmod

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gokmod/gokmod/internal/plain"
)

// LookupError reports a name that could not be resolved. Err is ErrNotFound, or says
// why the name could not be looked up. If the name may be unknown only because
// something is missing on the disk, LookupError wraps that too.
type LookupError struct {
	Name     string   // as asked for
	Dir      string   // module directory
	Searched []string // index files that do not know it
	Missing  []string // index files that do not exist
	Err      error

	// Absence wraps ErrNoModuleDir or ErrNoIndexes. It is nil when no index that
	// could know the name is missing.
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
