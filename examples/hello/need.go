package main

import (
	"fmt"
	"strings"
)

// need is something that is missing.
type need struct {
	what string // for messages
	pkg  string // the package that has it, "" if the distribution is unknown
}

// toolNeeds lists the commands that are missing and their packages.
func (m *machine) toolNeeds(tools ...[2]string) []need {
	var needs []need
	for _, tool := range tools {
		if _, ok := m.look(tool[0]); !ok {
			needs = append(needs, need{"the command " + tool[0], tool[1]})
		}
	}
	return needs
}

// buildNeeds lists what is missing to build a module for a kernel release. An
// empty release means the distribution's current kernel, whose release is not
// known yet.
func (m *machine) buildNeeds(release string) []need {
	needs := m.toolNeeds([2]string{"make", "make"})
	if !m.hasHeaders(release) {
		return append(needs, m.headersNeed(release))
	}
	cc := m.compiler(release)
	return append(needs, m.toolNeeds([2]string{cc, compilerPackage(cc)})...)
}

func (m *machine) headersNeed(release string) need {
	n := need{what: "the headers of the distribution's kernel"}
	if release != "" {
		n.what = fmt.Sprintf("the headers of the kernel %s (%s)", release, buildDir(release))
	}
	if m.distro != nil {
		n.pkg = m.distro.headersPackage(release)
	}
	return n
}

// guestNeeds lists what is missing to run a kernel of that release in a virtual
// machine and to build a module for it.
func (m *machine) guestNeeds(release string) []need {
	needs := m.toolNeeds(
		[2]string{"qemu-system-x86_64", "qemu-system-x86"},
		[2]string{"depmod", "kmod"},
	)
	return append(needs, m.buildNeeds(release)...)
}

// listNeeds formats needs as the lines of a list.
func listNeeds(needs []need) string {
	var b strings.Builder
	for _, n := range needs {
		b.WriteString("\n  - missing: " + n.what)
		if n.pkg != "" {
			b.WriteString(", package " + n.pkg)
		}
	}
	return b.String()
}

// packagesOf lists the packages of needs.
func packagesOf(needs []need) []string {
	var pkgs []string
	for _, n := range needs {
		if n.pkg != "" {
			pkgs = append(pkgs, n.pkg)
		}
	}
	return pkgs
}
