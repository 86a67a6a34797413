// Package debs fetches Debian packages for tests and unpacks them, without
// installing them: from the lists of the machine's own apt, or from any suite
// and architecture of the archive that the machine uses, with package lists
// separate from the machine's.
package debs

import "strings"

// Package is a package of a suite, for an architecture. Without these it comes
// from the lists of the machine's own apt.
type Package struct {
	Name, Arch, Suite string
}

// Parse parses a package's name in apt-get's form: NAME, or NAME:ARCH/SUITE.
func Parse(name string) Package {
	var p Package
	p.Name, p.Suite, _ = strings.Cut(name, "/")
	p.Name, p.Arch, _ = strings.Cut(p.Name, ":")
	return p
}

// Source names the suite and architecture, as in sid-amd64. It is empty for a
// package from the machine's own lists.
func (p Package) Source() string {
	if p.Suite == "" {
		return ""
	}
	return p.Suite + "-" + p.Arch
}
