//go:build !linux

package systest

import (
	"io"
	"os"
	"os/exec"
	"testing"
)

// Terminal skips the test.
func Terminal(tb testing.TB) (program *os.File, seen func() []byte) {
	tb.Helper()
	tb.Skip("there are no terminals: only Linux is supported")
	return nil, nil
}

// Interactive skips the test.
func Interactive(tb testing.TB, _ *exec.Cmd) (keyboard io.Writer, wait func() (string, error)) {
	tb.Helper()
	Terminal(tb)
	return nil, nil
}

// OnTerminal skips the test.
func OnTerminal(tb testing.TB, _ *exec.Cmd) string {
	tb.Helper()
	Terminal(tb)
	return ""
}
