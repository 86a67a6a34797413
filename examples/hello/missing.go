package main

import "strings"

// missingError says what is missing and how to get it.
type missingError struct {
	needs []need
	why   string // why it is not installed automatically
	fix   string // command that would install it, "" if there is none
}

func (e *missingError) Error() string {
	var b strings.Builder
	b.WriteString(e.why + ":" + listNeeds(e.needs))
	if e.fix != "" {
		b.WriteString("\nInstall it as root, or run this program once as root:\n  " + e.fix)
	}
	return b.String()
}

// missing makes the error for needs that cannot be met.
func (m *machine) missing(needs []need) error {
	switch {
	case !m.hasApt():
		return &missingError{needs: withoutPackages(needs), why: "this is not a Debian or Ubuntu with apt-get to install what is missing"}
	case m.user == 0:
		return &missingError{needs: needs, why: "the installation did not provide everything"}
	}
	return &missingError{
		needs: needs,
		why:   "only root can install what is missing",
		fix:   "apt-get update && " + strings.Join(installCommand(packagesOf(needs)), " "),
	}
}

// withoutPackages omits the package names, which other distributions do not
// use.
func withoutPackages(needs []need) []need {
	var out []need
	for _, n := range needs {
		out = append(out, need{what: n.what})
	}
	return out
}
