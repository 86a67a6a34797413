package modparam

import (
	"slices"
	"strings"
)

// Blacklisted reports whether a kernel booted with the given command line refuses
// the module of that name; see module_blacklist in kernel-parameters.
//
// The parameter is a single string: if it is repeated, the last one counts that is
// not longer than a string may be. Names in it are compared as they are, so a name
// with a dash matches no module; in the parameter's own name a dash is an
// underscore.
// is that of no module, while in that of the parameter a dash is an underscore.
func Blacklisted(cmdline, name string) bool {
	return slices.Contains(Blacklist(cmdline), name)
}

// Blacklist returns the names for which [Blacklisted] is true, nil if there are
// none.
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
