package depmod

import (
	"fmt"
	"slices"

	"github.com/gokmod/gokmod/internal/plain"
)

// NoModulesError is the error of a scan that found modules none of which can be
// read: all are damaged, or all are dangling links, or their directory may not
// be read. Empty index files would replace good ones. A directory without
// modules is not an error.
type NoModulesError struct {
	// Index has no modules and no files. Its Report says what was found.
	Index *Index
}

func (e *NoModulesError) Error() string {
	lost := e.Index.Report.Unreadable
	example := &lost[len(lost)-1] // the first may be a file of the kernel's build
	more := ""
	if n := len(lost) - 1 + e.Index.Report.Unlisted.Unreadable; n > 0 {
		more = fmt.Sprintf(", and %d more", n)
	}
	return fmt.Sprintf("none of the modules in %s can be read: %s: %v%s",
		plain.Line(e.Index.dir), plain.Line(example.Path), example.Err, more)
}

func (x *Index) noModules() error {
	x.fault = &NoModulesError{x}
	return x.fault
}

// checkLost is for a walk that found no modules. It returns an error if
// unreadable files or directories may hide some. Links that lead back up hide
// none.
func (x *Index) checkLost() error {
	if slices.ContainsFunc(x.Report.Unreadable, func(e FileError) bool { return e.Err != ErrLoop }) {
		return x.noModules()
	}
	return nil
}
