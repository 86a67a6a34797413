package main

import (
	"bufio"
	"os"

	_ "github.com/gokmod/gokmod/examples/kmod/stack" // a quicker start
	"github.com/gokmod/gokmod/internal/terminal"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

func main() {
	stdout := terminal.Output(os.Stdout)
	c := &command{
		argv:   os.Args,
		stdout: bufio.NewWriterSize(stdout, 64<<10),
		shown:  isTerminal(stdout),
		stderr: terminal.Output(os.Stderr),
		config: kmod.Config{ConfigRoot: "/"},
		getenv: os.Getenv,
		kernel: &live.Host{},
		shell:  runShell,
		spend:  collectLess,
	}
	os.Exit(c.run())
}
