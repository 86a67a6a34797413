// Package debs fetches packages of Debian for tests and unpacks them, without
// installing them: from what the machine's own apt knows, or from any suite and
// architecture of the archive that the machine uses, with lists of packages
// apart from the machine's.
package debs

import "strings"

// Package is a package of a suite, for an architecture. Without these it is one
// that the machine's own apt knows.
type Package struct {
	Name, Arch, Suite string
}

// Parse takes a package's name apart, which is written as for apt-get:
// NAME, or NAME:ARCH/SUITE.
func Parse(name string) Package {
	var p Package
	p.Name, p.Suite, _ = strings.Cut(name, "/")
	p.Name, p.Arch, _ = strings.Cut(p.Name, ":")
	return p
}

// Source names the suite and architecture, as in sid-amd64. It is empty for a
// package of the machine's own.
func (p Package) Source() string {
	if p.Suite == "" {
		return ""
	}
	return p.Suite + "-" + p.Arch
}
