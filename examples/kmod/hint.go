package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/modinfo"
)

// hint ends a load that the kernel refused with the command that explains it, if somebody is
// there to read it: kmod's words are the only ones in files, pipes and logs. The call of
// modprobe around a command of the configuration has the hint, not those in the command.
func (c *command) hint(arguments []string) {
	if !isTerminal(c.stderr) || c.syslog != nil || c.verbosity < levelError || c.getenv(depthVariable) != "" {
		return
	}
	own := c.ownCommand()
	if own == "" {
		return
	}
	words := append([]string{own, "diagnose"}, arguments...)
	for i, word := range words {
		if words[i] = shellWord(word); words[i] == "" {
			return
		}
	}
	c.complain("For the cause and what to do: " + strings.Join(words, " ") + "\n")
}

// ownCommand is what calls this program by the name of kmod, "" if nothing does: the kmod in
// PATH may be another one, and this program may be a copy named modprobe.
func (c *command) ownCommand() string {
	path, err := c.executable()
	if err != nil {
		return ""
	}
	own, err := os.Stat(path)
	if err != nil {
		return ""
	}
	for _, dir := range filepath.SplitList(c.getenv("PATH")) {
		if found, err := os.Stat(filepath.Join(dir, "kmod")); err == nil && found.Mode().IsRegular() {
			if os.SameFile(found, own) {
				return "kmod"
			}
			break
		}
	}
	if tool := findSubcommand(filepath.Base(path)); tool != nil && tool.kind == compat {
		return ""
	}
	return path
}

// executable is the path of this program.
func (c *command) executable() (string, error) {
	if c.program != "" {
		return c.program, nil
	}
	return os.Executable()
}

// shellWord quotes a word for a shell. One that a terminal does not show as it is cannot be
// copied from there, and gives "".
func shellWord(word string) string {
	switch {
	case plain.Line(word) != word:
		return ""
	case isPlainWord(word) && word[0] != '=':
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// fileArgument is the name of a file as diagnose takes it for one.
func fileArgument(name string) string {
	if isPath(name) || modinfo.IsModuleFile(name) && !strings.HasPrefix(name, "-") {
		return name
	}
	return "./" + name
}
