// Package moddir knows the module directory of a kernel release, such as
// /lib/modules/6.1.0: where it is below a root, what its files are called, and how
// to read them.
package moddir
