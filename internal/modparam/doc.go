// Package modparam knows how a kernel reads the parameters that a module is
// given: how their string is split, and which values a type accepts.
//
// The behaviour is that of the kernel, found by experiments: words are split at
// white space that is not between double quotes, "--" ends them, dashes in names
// count as underscores.
package modparam
