package depmod

import (
	"fmt"
	"strings"
)

// ReportError lists the problems in a tree, if Config.Strict turns them into an
// error.
type ReportError struct{ Report Report }

func (e *ReportError) Error() string {
	r := &e.Report
	var all []string
	for _, kind := range []struct {
		count     int
		one, many string
	}{
		{len(r.Unreadable) + r.Unlisted.Unreadable, "unreadable file", "unreadable files"},
		{len(r.BadVersions) + r.Unlisted.BadVersions, "module with unreadable symbol versions",
			"modules with unreadable symbol versions"},
		{len(r.Missing), "missing file of the kernel's build", "missing files of the kernel's build"},
		{len(r.Unresolved) + r.Unlisted.Unresolved, "symbol without an exporter", "symbols without an exporter"},
		{len(r.Mismatched) + r.Unlisted.Mismatched, "symbol with a different version", "symbols with a different version"},
		{len(r.Duplicates) + r.Unlisted.Duplicates, "symbol with several exporters", "symbols with several exporters"},
		{len(r.Devnames) + r.Unlisted.Devnames, "device node without numbers", "device nodes without numbers"},
		{len(r.BadFields) + r.Unlisted.BadFields, "alias, dependency or symbol that no index can hold",
			"aliases, dependencies or symbols that no index can hold"},
	} {
		switch kind.count {
		case 0:
		case 1:
			all = append(all, "1 "+kind.one)
		default:
			all = append(all, fmt.Sprint(kind.count, " ", kind.many))
		}
	}
	return "the tree of modules has " + strings.Join(all, ", ")
}

// strict returns an error if anything is wrong.
func (r *Report) strict() error {
	wrong := len(r.Unreadable) + len(r.BadVersions) + len(r.Missing) + len(r.Unresolved) + len(r.Mismatched) +
		len(r.Duplicates) + len(r.Devnames) + len(r.BadFields)
	if wrong == 0 {
		return nil
	}
	return &ReportError{*r}
}
