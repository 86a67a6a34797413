package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// aptLockWait makes apt wait for another one to end, in seconds.
const aptLockWait = "DPkg::Lock::Timeout=300"

func updateCommand() []string {
	return []string{"apt-get", "update", "-q", "-o", aptLockWait}
}

func installCommand(pkgs []string) []string {
	return append([]string{"apt-get", "install", "-y", "--no-install-recommends"}, pkgs...)
}

// aptUpdate refreshes apt's lists. A failure is only shown: one source out of
// many may be unreachable.
func aptUpdate(ctx context.Context, s *screen) {
	s.heading("Ask the archive what is new")
	if err := apt(ctx, s, updateCommand()); err != nil {
		s.show("using the old lists: %v", err)
	}
}

// aptInstall installs packages.
func aptInstall(ctx context.Context, s *screen, pkgs []string) error {
	s.heading("Install what is missing")
	words := installCommand(pkgs)
	quiet := append([]string{"-q", "-o", "Dpkg::Use-Pty=0", "-o", aptLockWait}, words[1:]...)
	return apt(ctx, s, append(words[:1:1], quiet...))
}

// aptKnows reports whether there is a package of that name to install.
func aptKnows(ctx context.Context, pkg string) bool {
	return exec.CommandContext(ctx, "apt-cache", "show", pkg).Run() == nil
}

// apt runs apt-get without questions. When the context ends, apt is asked to
// stop: killing it could leave packages half installed.
func apt(ctx context.Context, s *screen, words []string) error {
	start := time.Now()
	s.command(words...)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_SUSPEND=1", "LC_ALL=C")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out := s.output()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s ended with %w; see its output above", words[0], err)
	}
	s.show("(%s)", seconds(time.Since(start)))
	return nil
}
