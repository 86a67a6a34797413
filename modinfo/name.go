package modinfo

import (
	"github.com/gokmod/gokmod/internal/glob"
	"github.com/gokmod/gokmod/internal/modname"
)

// ErrBracket is wrapped by the error about an alias with a "[" that has no "]", or the
// reverse.
var ErrBracket = modname.ErrBracket

// NormalizeName returns the name of a module as the kernel knows it, with underscores
// for dashes: modprobe(8) takes either.
func NormalizeName(name string) string { return modname.Normalize(name) }

// NameFromPath returns the name of the module in a file with the given path: the last
// element up to its first dot, with underscores for dashes.
// "kernel/sound/snd-hda.ko.xz" gives "snd_hda". The kernel uses the name inside the
// file; see [Info.Name].
func NameFromPath(path string) string { return modname.FromPath(path) }

// IsModuleFile reports whether a path is that of a module file: whether it ends in
// ".ko", optionally followed by ".gz", ".xz", ".zst" or ".lz4". The content is not
// examined.
func IsModuleFile(path string) bool { return modname.IsModuleFile(path) }

// NormalizeAlias returns an alias, which may be a pattern, in the form in which aliases
// are compared: with underscores for dashes, except between "[" and "]". An error wraps
// [ErrBracket].
func NormalizeAlias(alias string) (string, error) { return modname.NormalizeAlias(alias) }

// Match reports whether all of s matches a pattern by the rules for aliases of modules, those of
// fnmatch(3) without flags: "*" stands for any bytes, including "/" and a leading ".", "?" for
// one, "[a-z]" for one of a set, "[!a-z]" for one outside the set, and a backslash removes the
// special meaning. Aliases and their patterns are compared in the form that [NormalizeAlias]
// returns.
func Match(pattern, s string) bool { return glob.Match(pattern, s) }
