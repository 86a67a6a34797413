// Package modparam knows how a kernel reads the parameters of a module: how
// their string is split, and which values a type accepts.
//
// The behaviour is the kernel's, found by experiment: words are split at white
// space outside double quotes, "--" ends them, and dashes in names count as
// underscores.
package modparam
