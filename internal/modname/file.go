package modname

import "strings"

// Ext returns the extension by which a module file is recognised: ".ko", or
// ".ko" followed by ".gz", ".xz", ".zst" or ".lz4". It is empty for any other
// name, and for one that has nothing before the extension.
func Ext(name string) string {
	stem := name
	for _, packed := range [...]string{".gz", ".xz", ".zst", ".lz4"} {
		if s, ok := strings.CutSuffix(name, packed); ok {
			stem = s
			break
		}
	}
	stem, ok := strings.CutSuffix(stem, ".ko")
	if !ok || stem == "" || stem[len(stem)-1] == '/' {
		return ""
	}
	return name[len(stem):]
}

// IsModuleFile reports whether name, with or without directories before it, is
// that of a module file. Only the name is examined; contents tell the
// compression.
func IsModuleFile(name string) bool { return Ext(name) != "" }
