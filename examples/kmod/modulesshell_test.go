package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// modulesShell is a shell in whose file system a directory is /lib/modules, which the
// machine itself may not have. It runs one command after the other.
type modulesShell struct {
	commands io.Writer
	statuses *bufio.Reader
}

// modulesShellScript mounts the real /lib elsewhere, and over it a directory with links to
// all that it has, then runs the commands that it is given.
const modulesShellScript = `mount --rbind "$0" "$1" && mount --rbind "$2" "$0" && echo ready && . /dev/stdin`

// newModulesShell starts the shell in a mount namespace, with or without one for users.
// It ends with the test.
func newModulesShell(t *testing.T, modules string) *modulesShell {
	t.Helper()
	lib, err := filepath.EvalSymlinks("/lib")
	if err != nil {
		kmodref.Absent(t, "there is no /lib")
	}
	real, shown := t.TempDir(), t.TempDir()
	linkLibrary(t, lib, real, shown)
	if err := os.Symlink(modules, filepath.Join(shown, "modules")); err != nil {
		t.Fatal(err)
	}
	for _, flags := range []string{"--mount", "--mount --map-root-user"} {
		command := append(strings.Fields(flags), "sh", "-c", modulesShellScript, lib, real, shown)
		if s := startModulesShell(t, command); s != nil {
			return s
		}
	}
	kmodref.Absent(t, "a directory cannot be mounted over /lib here")
	return nil
}

// linkLibrary makes links in a directory to all of another but its modules, where it will
// be mounted.
func linkLibrary(t *testing.T, lib, mounted, links string) {
	t.Helper()
	entries, err := os.ReadDir(lib)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "modules" {
			continue
		}
		if err := os.Symlink(filepath.Join(mounted, e.Name()), filepath.Join(links, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

// startModulesShell starts unshare with arguments. It returns nil if that does not work
// here.
func startModulesShell(t *testing.T, args []string) *modulesShell {
	t.Helper()
	cmd := exec.Command("unshare", args...)
	cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		return nil
	}
	s := &modulesShell{stdin, bufio.NewReader(stdout)}
	if line, _ := s.statuses.ReadString('\n'); line != "ready\n" {
		stdin.Close()
		cmd.Wait()
		return nil
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// run runs a command in a directory and returns its status.
func (s *modulesShell) run(t *testing.T, dir, stdout, stderr string, argv ...string) int {
	t.Helper()
	quote := func(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
	words := make([]string, len(argv))
	for i, arg := range argv {
		words[i] = quote(arg)
	}
	_, err := fmt.Fprintf(s.commands, "(cd %s && exec %s </dev/null >%s 2>%s); echo $?\n",
		quote(dir), strings.Join(words, " "), quote(stdout), quote(stderr))
	if err != nil {
		t.Fatal(err)
	}
	line, err := s.statuses.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	status, err := strconv.Atoi(strings.TrimSuffix(line, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// TestModulesShell: the machine is as it was, but for its modules.
func TestModulesShell(t *testing.T) {
	modules, out := t.TempDir(), t.TempDir()
	writeText(t, filepath.Join(modules, "6.9/a file"), "it's\n")
	s := newModulesShell(t, modules)
	for want, script := range map[string]string{
		"6.9\n":                   "ls /lib/modules/",
		"it's\n":                  "cat '/lib/modules/6.9/a file'",
		filepath.Base(out) + "\n": `basename "$PWD"`,
	} {
		status := s.run(t, out, out+"/stdout", out+"/stderr", "sh", "-c", script)
		if got := readText(t, out+"/stdout"); got != want || status != 0 {
			t.Errorf("%s: %q, %d, %s", script, got, status, readText(t, out+"/stderr"))
		}
	}
	if status := s.run(t, out, out+"/stdout", out+"/stderr", "sh", "-c", "exit 7"); status != 7 {
		t.Errorf("status %d", status)
	}
}
