package main

import (
	"bufio"
	"io"
	"os"
	"strings"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// command is one call of a tool, with its whole environment.
type command struct {
	argv   []string // the first element is the name by which it was called
	stdout *bufio.Writer
	shown  bool // stdout is a terminal
	stderr io.Writer
	dir    string // working directory, "" for the process's
	getenv func(string) string
	kernel live.Kernel
	config kmod.Config                           // where configuration is, unless an option says otherwise
	shell  func(line string, env []string) error // runs commands of the configuration
	spend  func(modules int)                     // lets a short run use more memory; may be nil

	program string // the path of this program, "" for that of the process

	name      string // of the tool, in messages
	verbosity level
	syslog    *syslog  // where messages go instead of stderr, nil for stderr
	table     *options // takes the options of the tool, which then does nothing; nil to run it
}

// Exit status of the tools.
const (
	success = 0
	failure = 1
)

// run runs the tool that the first argument names and returns its exit status.
func (c *command) run() int {
	if len(c.argv) == 0 {
		c.argv = []string{"kmod"}
	}
	c.verbosity = levelWarning
	c.name = c.argv[0][strings.LastIndexByte(c.argv[0], '/')+1:]
	status := c.runTool()
	if err := c.stdout.Flush(); err != nil && status == success {
		c.say(levelError, "could not write the output: %s", reason(err))
		return failure
	}
	return status
}

func (c *command) runTool() int {
	if tool := findSubcommand(c.name); tool != nil && tool.kind == compat {
		return tool.run(c)
	}
	return c.kmod()
}

// spendFor lets a short run that reads so many modules use more memory, 0 if their number is
// not known.
func (c *command) spendFor(modules int) {
	if c.spend != nil {
		c.spend(modules)
	}
}

// path makes a file name absolute by putting the working directory before it.
// It is not cleaned: the tools show what the user wrote.
func (c *command) path(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	if c.dir == "" {
		c.dir = "."
		if dir, err := os.Getwd(); err == nil {
			c.dir = dir
		}
	}
	return c.dir + "/" + name
}
