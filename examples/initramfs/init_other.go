//go:build !linux

package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
)

// firstProcess reports that this system does not support it.
func firstProcess(stderr io.Writer) int {
	fmt.Fprintln(stderr, "initramfs: the init runs on Linux only")
	return 1
}

// mountRoot always fails.
func mountRoot(string, string, string, bool) error {
	return fmt.Errorf("mount on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
