// Package debian makes root file systems of Debian for tests, with kmod's tools or with
// a program in their place, boots them under QEMU, and compares what the two systems
// are like in the end.
//
// Everything is made in directories of this package's own: the commands that run in a
// root have mount and process namespaces of their own, so that nothing stays mounted,
// and no network. A root without a configured kernel package, the [Base], is kept in
// the user's cache: the one of the last version of each suite.
package debian
