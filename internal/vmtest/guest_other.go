//go:build !linux

package vmtest

// InGuest reports whether this program runs in a guest that [Run] made. Only
// Linux programs do.
func InGuest() bool { return false }

// supervise is never reached where InGuest is false.
func supervise() {}
