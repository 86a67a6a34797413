package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/gokmod/gokmod/internal/terminal"
)

// multicallUsage begins with kmod's words. The lists of commands are filled in.
const multicallUsage = `kmod - Manage kernel modules: list, load, unload, etc
Usage:
	NAME [options] command [command_options]

Options:
	-V, --version     show version
	-h, --help        show this help

Commands:
COMMANDS

Commands that only this kmod has:
ADDITIONS

kmod also handles gracefully if called from following symlinks:
TOOLS

"kmod link DIRECTORY" makes them there, and "kmod modprobe ..." does the same
without them. Called by any other name, the program is kmod itself.
"kmod COMMAND --help" shows the options of a command.
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
			return c.help()
		case 'V':
			return c.showVersion()
		case optEnd:
			if len(opts.rest) > 0 {
				return c.subcommand(opts.rest)
			}
			c.help()
			c.complain("missing command\n")
			return failure
		default:
			return failure
		}
	}
}

func (c *command) subcommand(argv []string) int {
	name := argv[0]
	found := findSubcommand(name)
	if found == nil {
		c.help()
		c.complain("invalid command '" + name + "'\n")
		c.suggest(similarSubcommands(name))
		return failure
	}
	c.argv = argv
	if name != "help" && name != "list" { // which call themselves kmod
		c.name = name
	}
	return found.run(c)
}

// help shows what the program can do.
func (c *command) help() int {
	text := multicallUsage
	for kind, place := range []string{"COMMANDS", "ADDITIONS", "TOOLS"} {
		var lines strings.Builder
		for _, s := range subcommands() {
			if s.kind == subcommandKind(kind) {
				fmt.Fprintf(&lines, "  %-12s %s\n", s.name, s.does)
			}
		}
		text = strings.Replace(text, place+"\n", lines.String(), 1)
	}
	return c.showUsage(text)
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
