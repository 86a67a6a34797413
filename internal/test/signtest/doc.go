// Package signtest signs kernel modules for tests, as sign-file of the kernel's
// build does, and in wrong ways too.
package signtest
