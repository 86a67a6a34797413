// Package modname has the rules for names of kernel modules: how a name follows
// from a file, how names and aliases are normalised, and how module files and
// paths are recognised. See modprobe(8) and modprobe.d(5).
package modname
