package main

import (
	"context"
	"os"
	"os/exec"
	"time"

	"github.com/gokmod/gokmod/kmod"
)

// commandDelay is how long a command may keep its output open after it was told
// to end.
const commandDelay = 5 * time.Second

// runCommand runs the command of an install line, in a shell as modprobe does.
func runCommand(ctx context.Context, c *kmod.Command) error {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", c.Line())
	cmd.Env = append(os.Environ(), "MODPROBE_MODULE="+c.Module)
	cmd.WaitDelay = commandDelay
	return cmd.Run()
}
