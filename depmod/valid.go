package depmod

import (
	"errors"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/modname"
)

// Reasons for which something cannot stand in the index files, whose text form
// has a line for each entry and, as a rule, spaces between words.
var (
	errWhite   = errors.New("it has white space or control characters, which the index files have no room for")
	errControl = errors.New("it has control characters, which the index files have no room for")
	errEmpty   = errors.New("it is empty")
	errColon   = errors.New("its path has a colon, which the index files have no room for")
	errBare    = errors.New("the name of its file begins with a dot, where the name of a module ends")
)

// ErrName is what the error of a [FileError] is when a module file is left out for
// its name or path, whatever its contents.
var ErrName = errors.New("the index files have no room for its name")

// nameError is an ErrName that says why.
type nameError struct{ err error }

func (e *nameError) Error() string { return e.err.Error() }

func (e *nameError) Is(target error) bool { return target == ErrName }

// checkName is for a module's name.
func checkName(name string) error {
	if name == "" {
		return errBare
	}
	if hasWhite(name) {
		return errWhite
	}
	return index.Check(index.Entry{Key: name})
}

// checkPath is for the path of a module; its errors are ErrName. A colon ends a
// path in modules.dep.
func checkPath(path string) error {
	err := checkName(modname.FromPath(path))
	switch {
	case hasWhite(path):
		err = errWhite
	case strings.Contains(path, ":"):
		err = errColon
	}
	if err != nil {
		return &nameError{err}
	}
	return nil
}

// checkAlias is for an alias that a module states. It may have spaces, as that of
// a sound card may, since only the binary index is ever read.
func checkAlias(pattern string) error {
	if pattern == "" {
		return errEmpty
	}
	if strings.ContainsFunc(pattern, isControl) {
		return errControl
	}
	key, err := modname.NormalizeAlias(pattern)
	if err != nil {
		return err
	}
	return index.Check(index.Entry{Key: key})
}

// checkSymbol is for a symbol that a module exports.
func checkSymbol(name string) error {
	if hasWhite(name) {
		return errWhite
	}
	return index.Check(index.Entry{Key: symbolKey(name)})
}

// checkLine is for dependencies that a module states.
func checkLine(text string) error {
	if strings.ContainsFunc(text, func(r rune) bool { return r != '\t' && isControl(r) }) {
		return errControl
	}
	if strings.HasSuffix(text, `\`) {
		return errors.New("it ends in a backslash, which would join its line with the next one")
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// hasWhite reports whether there are spaces or control characters.
func hasWhite(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return true
		}
	}
	return false
}

// valid returns those of the values of a field that pass the check, and reports
// the others.
func (s *scanner) valid(module, path, field string, values []string, check func(string) error) []string {
	kept, all := values, true
	for i, v := range values {
		err := check(v)
		switch {
		case err != nil:
			s.index.Report.badField(BadField{module, path, field, v, err})
			if all {
				kept, all = slices.Clone(values[:i]), false
			}
		case !all:
			kept = append(kept, v)
		}
	}
	return kept
}
