package main

import (
	"bufio"
	"os"

	"github.com/gokmod/gokmod/internal/terminal"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

func main() {
	growStack(len(os.Args))
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

// stackRoom is how many bytes of the stack calls of the tools use, most of them fewer.
const stackRoom = 12 << 10

// growStack makes the stack as large as the tools need it. It begins with 2 KiB; each time
// that it is doubled, it is copied, and the frames of all callers are looked up for that.
//
//go:noinline
func growStack(args int) byte {
	if args >= 0 {
		return 0
	}
	var room [stackRoom]byte // never used, but the frame has it
	return room[-args]
}
