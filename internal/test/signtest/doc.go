// Package signtest signs kernel modules for tests, as sign-file of the kernel's
// build does and in ways in which it should not be done.
package signtest
