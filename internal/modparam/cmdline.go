package modparam

import (
	"slices"
	"strings"
)

// Blacklisted reports whether a kernel that was booted with that command line
// refuses the module of that name; see module_blacklist in kernel-parameters.
//
// It is one string: of several, the last one counts that is not longer than a
// string may be. The names in it are compared as they are, so that one with a dash
// is that of no module, while in that of the parameter a dash is an underscore.
func Blacklisted(cmdline, name string) bool {
	return slices.Contains(Blacklist(cmdline), name)
}

// Blacklist returns the names that [Blacklisted] is true for, nil for none.
func Blacklist(cmdline string) []string {
	list := ""
	for _, arg := range Split(cmdline) {
		if Normalize(arg.Name) == "module_blacklist" && arg.HasValue && len(arg.Value) <= maxString {
			list = arg.Value
		}
	}
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}
