package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/kmod"
)

// Variables in the environment of commands.
const (
	optionsVariable = "MODPROBE_OPTIONS" // also read
	moduleVariable  = "MODPROBE_MODULE"
	depthVariable   = "MODPROBE_DEPTH" // also read: how many commands of modprobe are around this one
)

// maxDepth is how deeply commands may be nested before they are certain to call
// each other forever.
const maxDepth = 16

// export adds to the options that a modprobe called by a command gets through
// its environment, as in kmod.
func (p *prober) export(key rune, value string) {
	switch key {
	case 'C':
		p.exported = strings.TrimLeft(p.exported+" -C "+quoteWord(value), " ")
	case 's', 'q', 'v':
		p.exported = strings.TrimLeft(p.exported+" -"+string(key), " ")
	}
}

// quoteWord puts quotes around a word that would be taken for several.
func quoteWord(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n\"'") {
		return word
	}
	if strings.Contains(word, `"`) {
		return "'" + word + "'"
	}
	return `"` + word + `"`
}

// runCommand runs the command of an install or remove line.
func (p *prober) runCommand(_ context.Context, cmd *kmod.Command) error {
	depth, _ := strconv.Atoi(p.c.getenv(depthVariable))
	if depth >= maxDepth {
		err := fmt.Errorf("commands of modprobe are nested %d deep", depth)
		p.c.say(levelError, "%s: the command for module %s is not run, as %s", cmd.Origin, cmd.Module, err)
		return err
	}
	env := []string{moduleVariable + "=" + cmd.Module, depthVariable + "=" + strconv.Itoa(depth+1)}
	if p.exported != "" {
		env = append(env, optionsVariable+"="+p.exported)
	}
	p.c.stdout.Flush()
	err := p.c.shell(cmd.Line(), env)
	if err != nil && !cmd.Remove {
		p.c.say(levelError, "Error running install command '%s' for module %s: %s", cmd.Line(), cmd.Module, err)
	}
	return err
}

// shellPath is the shell that commands are written for.
const shellPath = "/bin/sh"

// runShell runs a command line with variables added to the environment,
// replacing those of the same name.
func runShell(line string, env []string) error {
	attr := &os.ProcAttr{Env: environment(os.Environ(), env), Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}}
	process, err := os.StartProcess(shellPath, []string{"sh", "-c", line}, attr)
	if err != nil {
		return err
	}
	state, err := process.Wait()
	switch {
	case err != nil:
		return err
	case state.Success():
		return nil
	case state.Exited():
		return fmt.Errorf("retcode %d", state.ExitCode())
	}
	return fmt.Errorf("%s", state)
}

// environment adds variables to a list.
func environment(old, added []string) []string {
	var env []string
	for _, setting := range old {
		name, _, _ := strings.Cut(setting, "=")
		replaced := false
		for _, a := range added {
			replaced = replaced || strings.HasPrefix(a, name+"=")
		}
		if !replaced {
			env = append(env, setting)
		}
	}
	return append(env, added...)
}
