package main

import (
	"bufio"
	"os"

	"github.com/gokmod/gokmod/kmod"
)

func main() {
	c := &command{
		argv:   os.Args,
		stdout: bufio.NewWriterSize(os.Stdout, 64<<10),
		stderr: os.Stderr,
		config: kmod.Config{ConfigRoot: "/"},
		getenv: os.Getenv,
		kernel: &kmod.Host{},
		shell:  runShell,
		spend:  collectLess,
	}
	os.Exit(c.run())
}
