package depmod

import (
	"errors"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/modname"
)

// Reasons why something cannot be in the index files, whose text form has a
// line for each entry and, as a rule, spaces between words.
var (
	errWhite   = errors.New("it has white space or control characters, which the index files cannot hold")
	errControl = errors.New("it has control characters, which the index files cannot hold")
	errEmpty   = errors.New("it is empty")
	errColon   = errors.New("its path has a colon, which the index files cannot hold")
	errBare    = errors.New("its file name begins with a dot, where a module name ends")
)

// ErrName is wrapped by the error of a [FileError] if a module file is left out
// for its name or path, whatever its contents.
var ErrName = errors.New("the index files cannot hold its name")

// nameError is an ErrName that says why.
type nameError struct{ err error }

func (e *nameError) Error() string { return e.err.Error() }

func (e *nameError) Is(target error) bool { return target == ErrName }

// checkName checks a module's name.
func checkName(name string) error {
	if name == "" {
		return errBare
	}
	if hasWhite(name) {
		return errWhite
	}
	return index.Check(index.Entry{Key: name})
}

// checkPath checks the path of a module; its errors are ErrName. A colon ends a
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

// checkAlias checks an alias of a module. It may have spaces, as that of a sound
// card may, since only the binary index is ever read.
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

// checkSymbol checks a symbol that a module exports.
func checkSymbol(name string) error {
	if hasWhite(name) {
		return errWhite
	}
	return index.Check(index.Entry{Key: symbolKey(name)})
}

// checkLine checks a dependency that a module states.
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

// valid returns the values of a field that pass the check, and reports the
// others.
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
