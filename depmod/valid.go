package depmod

import (
	"errors"
	"strings"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/modname"
)

// Reasons for which something cannot stand in the index files, whose text form
// has a line for each entry and spaces between words.
var (
	errWhite   = errors.New("it has white space or control characters, which the index files have no room for")
	errControl = errors.New("it has control characters, which the index files have no room for")
	errEmpty   = errors.New("it is empty")
)

// checkName is for a module's name.
func checkName(name string) error {
	if name == "" {
		return errEmpty
	}
	if strings.ContainsFunc(name, isWhite) {
		return errWhite
	}
	return index.Check(index.Entry{Key: name})
}

// checkPath is for the path of a module. A colon ends it in modules.dep.
func checkPath(path string) error {
	if strings.ContainsFunc(path, isWhite) {
		return errWhite
	}
	if strings.Contains(path, ":") {
		return errors.New("its path has a colon, which the index files have no room for")
	}
	return checkName(modname.FromPath(path))
}

// checkAlias is for an alias that a module states.
func checkAlias(pattern string) error {
	if pattern == "" {
		return errEmpty
	}
	if strings.ContainsFunc(pattern, isWhite) {
		return errWhite
	}
	key, err := modname.NormalizeAlias(pattern)
	if err != nil {
		return err
	}
	return index.Check(index.Entry{Key: key})
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

func isWhite(r rune) bool { return r == ' ' || isControl(r) }

// valid returns those of the values of a field that pass the check, and reports
// the others.
func (s *scanner) valid(module, path, field string, values []string, check func(string) error) []string {
	kept := values[:0]
	for _, v := range values {
		if err := check(v); err != nil {
			s.index.Report.BadFields = append(s.index.Report.BadFields, BadField{module, path, field, v, err})
			continue
		}
		kept = append(kept, v)
	}
	return kept
}
