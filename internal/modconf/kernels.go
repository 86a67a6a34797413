package modconf

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
)

// Limits that keep any expression cheap.
const (
	maxExpression  = 128 // bytes of an expression
	maxExpressions = 256 // different expressions in a configuration
	maxRepeat      = 255 // the bound that POSIX guarantees
)

// Kernels says which kernel releases a line is for: "*" for all of them, or a
// POSIX extended regular expression that matches anywhere in the release. GNU's
// extensions are not supported.
type Kernels string

// Match reports whether the line is for a release. A bad expression matches
// none.
func (k Kernels) Match(release string) bool {
	if k == "*" {
		return true
	}
	expr, err := parseExpression(string(k))
	if err != nil {
		return false
	}
	re, err := regexp.CompilePOSIX(expr)
	return err == nil && re.MatchString(release)
}

// matcher evaluates each expression once for a release.
type matcher struct {
	release string
	known   map[Kernels]bool
}

func newMatcher(release string) matcher { return matcher{release, map[Kernels]bool{}} }

func (m *matcher) kernels(k Kernels) bool {
	found, known := m.known[k]
	if !known {
		found = k.Match(m.release)
		m.known[k] = found
	}
	return found
}

var (
	errLongExpression = errors.New("expressions have at most " + strconv.Itoa(maxExpression) + " bytes")
	errRepetition     = errors.New("a repetition must follow something and have a count of at most " + strconv.Itoa(maxRepeat))
	errEscape         = errors.New("a backslash can only stand before punctuation")
	errCollating      = errors.New("collating elements are not supported")
)

// parseExpression checks an extended regular expression and translates it into
// one that package regexp understands the same way.
func parseExpression(expr string) (string, error) {
	if len(expr) > maxExpression {
		return "", errLongExpression
	}
	var b strings.Builder
	fixed := true // nothing before this can be repeated
	for rest := expr; rest != ""; {
		part, err := cutPart(rest, fixed)
		if err != nil {
			return "", err
		}
		rest = rest[len(part):]
		fixed = part == "^" || part == "$" || part == "(" || part == "|"
		if part[0] == '[' {
			part = strings.ReplaceAll(part, `\`, `\\`) // it is an ordinary byte in a set
		}
		b.WriteString(part)
	}
	if _, err := syntax.Parse(b.String(), syntax.POSIX); err != nil {
		var bad *syntax.Error
		if errors.As(err, &bad) {
			return "", errors.New(string(bad.Code))
		}
		return "", err
	}
	return b.String(), nil
}

// cutPart returns the first part of an expression: a byte, an escape, a set or
// a repetition. A repetition must not follow a fixed part.
func cutPart(s string, fixed bool) (string, error) {
	switch s[0] {
	case '\\':
		if len(s) > 1 && strings.IndexByte(`.[]{}()\*+?|^$-/`, s[1]) < 0 {
			return "", errEscape
		}
		return s[:min(2, len(s))], nil
	case '[':
		return cutSet(s)
	case '{':
		end := strings.IndexByte(s, '}')
		if fixed || end < 0 || !isBound(s[1:end]) {
			return "", errRepetition
		}
		return s[:end+1], nil
	case '*', '+', '?':
		if fixed {
			return "", errRepetition
		}
	}
	return s[:1], nil
}

// cutSet returns the set at the start of s.
func cutSet(s string) (string, error) {
	i := 1
	if strings.HasPrefix(s[i:], "^") {
		i++
	}
	if strings.HasPrefix(s[i:], "]") {
		i++
	}
	for ; i < len(s) && s[i] != ']'; i++ {
		switch class := s[i:]; {
		case strings.HasPrefix(class, "[.") || strings.HasPrefix(class, "[="):
			return "", errCollating
		case strings.HasPrefix(class, "[:"):
			end := strings.Index(class, ":]")
			if end < 0 {
				return "", errCollating
			}
			i += end + 1
		}
	}
	return s[:min(i+1, len(s))], nil
}

// isBound checks what stands between braces: N or N, or N,M.
func isBound(s string) bool {
	low, high, _ := strings.Cut(s, ",")
	if high == "" {
		high = low
	}
	for _, n := range [...]string{low, high} {
		if v, err := strconv.ParseUint(n, 10, 16); err != nil || v > maxRepeat {
			return false
		}
	}
	return true
}
