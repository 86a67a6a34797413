package main

import (
	"io"
	"strings"

	"github.com/gokmod/gokmod/internal/terminal"
)

const multicallUsage = `kmod - Manage kernel modules: list, load, unload, etc
Usage:
	NAME [options] command [command_options]

Options:
	-V, --version     show version
	-h, --help        show this help

Commands:
  help         show help message
  list         list currently loaded modules
  graph        draw what loading modules takes
  sign         sign modules, or remove their signatures
  verify       check the signatures of modules
  diagnose     say what would keep modules from being loaded
  check        say whether module files would load on some kernel

kmod also handles gracefully if called from following symlinks:
  lsmod        compat lsmod command
  rmmod        compat rmmod command
  insmod       compat insmod command
  modinfo      compat modinfo command
  modprobe     compat modprobe command
  depmod       compat depmod command
`

// version is the output of --version: first what scripts look for, the version
// of kmod with this behaviour, then the formats that can be read.
const version = "kmod version 34 (gokmod)\n+ZSTD +XZ +ZLIB +LZ4 +LIBCRYPTO\n"

// kmod is the tool that has the others as commands: "kmod modprobe …".
func (c *command) kmod() int {
	if len(c.argv) > 1 && !strings.HasPrefix(c.argv[1], "-") {
		return c.subcommand(c.argv[1:])
	}
	opts := c.getopt("+hV", []longOption{{"help", false, 'h'}, {"version", false, 'V'}}, c.argv[1:])
	for {
		switch opts.next() {
		case 'h':
			return c.showUsage(multicallUsage)
		case 'V':
			return c.showVersion()
		case optEnd:
			c.showUsage(multicallUsage)
			c.complain("missing command\n")
			return failure
		default:
			return failure
		}
	}
}

func (c *command) subcommand(argv []string) int {
	name := argv[0]
	tool := c.tool(name)
	switch name {
	case "help":
		return c.showUsage(multicallUsage)
	case "list":
		name, tool = c.name, c.lsmod // which calls itself kmod then
	case "graph":
		tool = c.graph
	case "sign":
		tool = c.sign
	case "verify":
		tool = c.verify
	case "diagnose":
		tool = c.diagnose
	case "check":
		tool = c.check
	}
	if tool == nil {
		c.showUsage(multicallUsage)
		c.complain("invalid command '" + name + "'\n")
		return failure
	}
	c.argv, c.name = argv, name
	return tool()
}

// showUsage prints a help text with the tool's name.
func (c *command) showUsage(text string) int {
	c.stdout.WriteString(strings.ReplaceAll(text, "NAME", c.name))
	return success
}

func (c *command) showVersion() int {
	c.stdout.WriteString(version)
	return success
}

// complain writes a message to stderr, after the output so far. On a terminal it
// cannot pass for several.
func (c *command) complain(text string) {
	c.stdout.Flush()
	if isTerminal(c.stderr) {
		text = terminal.Indent(strings.TrimSuffix(text, "\n")) + "\n"
	}
	io.WriteString(c.stderr, text)
}
