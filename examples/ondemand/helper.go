package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/gokmod/gokmod/kmod"
)

// help is the program's part as the kernel's helper: it loads the modules of a name. As
// with modprobe, each is tried, and the last one decides: it has to be loaded, or
// blacklisted.
func help(ctx context.Context, loader *kmod.Loader, p *policy, args []string, dryRun bool) error {
	if err := p.alias(args[0]); err != nil {
		return err
	}
	request := kmod.Request{Name: args[0], Params: strings.Join(args[1:], " ")}
	opts := &kmod.LoadOptions{Run: kmod.RunOptions{KeepGoing: true, DryRun: dryRun}}
	result, err := loader.LoadRequests(ctx, opts, request)
	if err == nil || result == nil || ctx.Err() != nil {
		return err
	}
	for _, s := range slices.Backward(result.Steps) {
		if errors.Is(s.Err, kmod.ErrBlacklisted) && s.Step.Requested() {
			return nil
		} else if s.Step.Requested() {
			return s.Err
		}
	}
	return err
}

// runCommand runs the command of an install line, in a shell as modprobe does.
func runCommand(ctx context.Context, c *kmod.Command) error {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", c.Line())
	cmd.Env = append(os.Environ(), "MODPROBE_MODULE="+c.Module)
	cmd.WaitDelay = 5 * time.Second // in which it may keep its output open after it was told to end
	return cmd.Run()
}
