//go:build !linux

package sys

import "os"

// Lock waits until f is not locked by anybody else and locks it.
func Lock(f *os.File) error { return unsupported("flock") }

// TryLock is Lock without waiting.
func TryLock(f *os.File) (locked bool, err error) { return false, unsupported("flock") }
