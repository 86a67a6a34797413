package kmod

import (
	"context"
	"strings"
)

// Command is the command of an install or a remove line of modprobe.d(5), which
// takes the place of inserting or removing a module.
type Command struct {
	// Module is the module's name.
	Module string `json:"module"`

	// Text is the command as it stands in the configuration, for a shell.
	Text string `json:"text"`

	// Params are the module's parameters, which "$CMDLINE_OPTS" in the text
	// stands for.
	Params string `json:"params,omitempty"`

	// Remove: it is the command of a remove line.
	Remove bool `json:"remove,omitempty"`

	// Origin is the line of configuration.
	Origin Origin `json:"origin"`
}

// Line is the command with "$CMDLINE_OPTS" replaced by the parameters as they are,
// wherever it occurs, as modprobe(8) does. Nothing is quoted for the shell, which
// reads the parameters as a part of the command: it splits them at spaces, removes
// quotes, and acts on characters such as "$", ";" and "`". Commands that pass
// $CMDLINE_OPTS on to modprobe expect that; quotes around it in the command do not
// help, as the parameters may end them. The parameters come from the configuration,
// the kernel command line and [Request].Params: only those who may run commands must
// be able to set them. A caller that cannot be sure of that runs Text instead, with
// Params in the environment variable CMDLINE_OPTS: a shell splits the value of a
// variable, but does not act on it.
func (c *Command) Line() string {
	return strings.ReplaceAll(c.Text, "$CMDLINE_OPTS", c.Params)
}

// keyword returns the keyword of the line of configuration.
func (c *Command) keyword() string {
	if c.Remove {
		return "remove"
	}
	return "install"
}

// runInstall carries out a step with an install command, whose module is not in
// the kernel.
func (r *run) runInstall(ctx context.Context, s *Step) (Outcome, error) {
	if r.opts.DryRun {
		return OutcomeRan, nil
	}
	if err := r.l.command(ctx, s.Command); err != nil {
		return OutcomeFailed, err
	}
	return OutcomeRan, nil
}

// command has the caller's function run a command.
func (l *Loader) command(ctx context.Context, c *Command) error {
	err := ErrNoCommand
	if l.cfg.Command != nil {
		err = l.cfg.Command(ctx, c)
	}
	if err == nil {
		return nil
	}
	return &Error{Op: "run", Module: c.Module, Command: c, Err: err}
}
