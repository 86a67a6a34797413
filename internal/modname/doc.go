// Package modname has the rules for names of kernel modules: how the name
// follows from a file, how names and aliases are normalised, and how a module
// file or a path is recognised. See modprobe(8) and modprobe.d(5).
package modname
