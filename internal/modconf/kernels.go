package modconf

import "github.com/gokmod/gokmod/internal/ere"

// maxExpressions is how many different expressions a configuration may have.
const maxExpressions = 256

// Kernels says which kernel releases a line is for: "*" for all of them, or a
// POSIX extended regular expression that matches anywhere in the release, as
// package ere describes it.
type Kernels string

// Match reports whether the line is for a release. A bad expression matches
// none.
func (k Kernels) Match(release string) bool {
	if k == "*" {
		return true
	}
	expr, err := ere.Parse(string(k))
	return err == nil && expr.Match(release)
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
