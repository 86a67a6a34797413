package main

import (
	"fmt"
	"io"

	"github.com/gokmod/gokmod/internal/terminal"
)

// level is the severity of a message, with the numbers of syslog(3).
type level int

const (
	levelSilent  level = 0
	levelFatal   level = 2
	levelError   level = 3
	levelWarning level = 4 // shown without -v and -q
	levelNotice  level = 5 // added by -v
)

func (l level) String() string {
	switch l {
	case levelFatal:
		return "FATAL"
	case levelError:
		return "ERROR"
	}
	return "WARNING"
}

// isTerminal reports whether somebody reads what is written.
func isTerminal(out io.Writer) bool {
	_, is := out.(*terminal.Writer)
	return is
}

// say prints a message, or sends it to syslog, unless its severity is below
// what the tool was asked to show.
func (c *command) say(l level, format string, args ...any) {
	if l > c.verbosity {
		return
	}
	text := c.name + ": " + l.String() + ": " + fmt.Sprintf(format, args...) + "\n"
	if c.syslog != nil {
		c.syslog.send(l, text)
		return
	}
	c.complain(text)
}

// show prints a line about what the tool does, with -v.
func (c *command) show(line string) {
	if c.verbosity >= levelNotice {
		c.printLine(line)
	}
}

// printLine prints a line that cannot pass for several on a terminal.
func (c *command) printLine(line string) {
	if c.shown {
		line = terminal.Indent(line)
	}
	c.stdout.WriteString(line)
	c.stdout.WriteByte('\n')
}
