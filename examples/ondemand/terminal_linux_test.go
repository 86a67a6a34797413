package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/systest"
)

// programVariable turns the test binary into the program.
const programVariable = "GOKMOD_TEST_ONDEMAND"

func init() {
	if os.Getenv(programVariable) != "" {
		main()
	}
}

// TestTerminal: names cannot control the terminal that shows them.
func TestTerminal(t *testing.T) {
	const evil = "\x1b[2J\a\r\u009b\x9b\x7f"
	for _, args := range [][]string{
		{"-root", t.TempDir(), "--", evil}, {"-root", "/none" + evil, "--", "x"}, {"-" + evil}, {"-grace", evil},
		{"-config", "/none" + evil},
	} {
		cmd := exec.Command("/proc/self/exe", args...)
		cmd.Env = append(os.Environ(), programVariable+"=1", "GORACE=atexit_sleep_ms=0")
		got := systest.OnTerminal(t, cmd)
		if len(got) == 0 || strings.ContainsAny(got, "\x1b\a\r\u009b\x7f") || !strings.Contains(got, `\x1b`) {
			t.Errorf("%q writes %q", args, got)
		}
	}
}
