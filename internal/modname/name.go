package modname

import "strings"

// FromPath returns the name of the module in the file path: the last element,
// cut at its first dot, with underscores for dashes. "a/foo-bar.ko.xz" gives
// "foo_bar". It allocates only when there is a dash.
func FromPath(path string) string {
	base := path[strings.LastIndexByte(path, '/')+1:]
	if dot := strings.IndexByte(base, '.'); dot >= 0 {
		base = base[:dot]
	}
	return Normalize(base)
}

// Normalize returns a module name as the kernel knows it, with underscores for
// dashes. It allocates only when there is a dash.
func Normalize(name string) string {
	return strings.ReplaceAll(name, "-", "_")
}
