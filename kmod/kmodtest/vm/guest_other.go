//go:build !linux

package vm

// InGuest reports whether this program runs in a guest that [Run] made. Only
// Linux programs do.
func InGuest() bool { return false }

// supervise is never reached if InGuest is false.
func supervise() {}
