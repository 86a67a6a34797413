package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/systest"
)

// programVariable turns the test binary into the program.
const programVariable = "GOKMOD_TEST_INITRAMFS"

func init() {
	if os.Getenv(programVariable) != "" {
		main()
	}
}

// TestTerminal: names cannot control the terminal that shows them.
func TestTerminal(t *testing.T) {
	const evil = "\x1b[2J\a\r\u009b\x9b\x7f"
	file := modtest.Named("a", nil, nil).Build()
	root := modtest.Write(t, modtest.Tree(nil, modtest.TreeModule{Path: "kernel/a.ko", File: file}))
	for _, args := range [][]string{
		{"-list", "-root", root, "-release", modtest.Release, evil}, {"-list", "-root", "/none" + evil, evil},
		{"-" + evil}, {"-drivers", evil, "-list"},
	} {
		cmd := exec.Command("/proc/self/exe", args...)
		cmd.Env = append(os.Environ(), programVariable+"=1", "GORACE=atexit_sleep_ms=0")
		got := systest.OnTerminal(t, cmd)
		if len(got) == 0 || strings.ContainsAny(got, "\x1b\a\r\u009b\x7f") || !strings.Contains(got, `\x1b`) {
			t.Errorf("%q writes %q", args, got)
		}
	}
}
