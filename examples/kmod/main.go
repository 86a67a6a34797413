package main

import (
	"bufio"
	"os"
	"runtime/debug"

	"github.com/gokmod/gokmod/kmod"
)

// gcPercent trades memory for time: the live heap of these tools is small, and
// most of them end before the first collection.
const gcPercent = 400

func main() {
	debug.SetGCPercent(gcPercent)
	c := &command{
		argv:   os.Args,
		stdout: bufio.NewWriterSize(os.Stdout, 64<<10),
		stderr: os.Stderr,
		config: kmod.Config{ConfigRoot: "/"},
		getenv: os.Getenv,
		kernel: &kmod.Host{},
		shell:  runShell,
	}
	os.Exit(c.run())
}
