package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/systest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// completingVariable turns the test binary into kmod on a machine that has the modules
// below the root that it names, and some in its kernel.
const completingVariable = "GOKMOD_TEST_COMPLETING"

// completingLoaded are the modules in that kernel.
var completingLoaded = []string{"xfs", "snd_hda_intel"}

func init() {
	root := os.Getenv(completingVariable)
	if root == "" {
		return
	}
	kernel := kmodtest.New(modtest.Release)
	for _, name := range completingLoaded {
		if err := kernel.InitModule(modtest.Named(name, nil, nil).Build(), ""); err != nil {
			panic(err)
		}
	}
	c := &command{argv: os.Args, stdout: bufio.NewWriter(os.Stdout), stderr: os.Stderr, getenv: os.Getenv,
		kernel: kernel, config: kmod.Config{Root: root, ConfigRoot: "/", NoCmdline: true}}
	os.Exit(c.run())
}

// userShell is a shell with our completion.
type userShell struct {
	title, name string
	args        []string
	// rc is the script that it runs first, with what kmod link wrote in SHARE.
	rc    string
	needs string // a file, "" for none
	// all are the keys that insert everything that a word can become, instead of a part.
	all string
	// unlisted are the characters of names that it does not list, as they separate those.
	unlisted string
	sudo     bool // it completes what stands behind sudo
}

var bashArgs = []string{"--noprofile", "--rcfile", "RC", "-i"}

var userShells = []userShell{
	{title: "bash", name: "bash", args: bashArgs, all: "\x1b*", unlisted: "\n",
		rc: "PS1=; . SHARE/bash-completion/completions/modprobe\nbind 'set bell-style none'\n"},
	{title: "bash-completion", name: "bash", args: bashArgs, all: "\x1b*", unlisted: "\n", sudo: true,
		needs: "/usr/share/bash-completion/bash_completion",
		rc:    "PS1=; . /usr/share/bash-completion/bash_completion\nbind 'set bell-style none'\n"},
	{title: "zsh", name: "zsh", args: []string{"-d", "-i"}, all: "\x1b*", sudo: true,
		rc: "PS1=; autoload -Uz compinit; fpath=(SHARE/zsh/site-functions $fpath); compinit -D -u\n" +
			"zle -C complete-all complete-word _generic; bindkey '^[*' complete-all\n" +
			"zstyle ':completion:complete-all:*' completer _all_matches _complete\n" +
			"zstyle ':completion:complete-all:*' insert true; setopt no_list_beep no_prompt_cr\n"},
	{title: "fish", name: "fish", args: []string{"-i"}, unlisted: "\n\t", sudo: true,
		rc: "function fish_prompt; end; function fish_greeting; end\n"},
}

// typist types at an interactive shell whose tools only say how they were called.
type typist struct {
	shell    userShell
	dir      string // where it runs
	keyboard io.Writer
	calls    *bufio.Reader
	patience func() // lets the next call take some time
	kill     func()
	wait     func() (string, error)
}

// patience is how long a shell may take for a line on the busiest machine.
const patience = 4 * time.Minute

// startShell starts a shell in a directory of its own, below a home of its own.
func startShell(t *testing.T, shell userShell, root string) *typist {
	t.Helper()
	path, err := exec.LookPath(shell.name)
	if err != nil {
		kmodref.Absent(t, shell.name+" is not installed")
	}
	if _, err := os.Stat(shell.needs); err != nil && shell.needs != "" {
		kmodref.Absent(t, shell.title+" is not installed")
	}
	home := t.TempDir()
	writeHome(t, home, shell, root)
	cmd := exec.Command(path, shell.args...)
	for i, arg := range cmd.Args {
		cmd.Args[i] = strings.Replace(arg, "RC", filepath.Join(home, "RC"), 1)
	}
	cmd.Dir = filepath.Join(home, "work")
	cmd.Env = []string{"HOME=" + home, "PATH=" + home + "/bin:/usr/bin:/bin", "TERM=xterm", "LC_ALL=C.UTF-8",
		"XDG_CONFIG_HOME=" + home + "/.config", "XDG_DATA_HOME=" + home + "/.local/share",
		"XDG_DATA_DIRS=" + home + "/share:/usr/share", "GORACE=atexit_sleep_ms=0"}
	calls, end, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer end.Close()
	t.Cleanup(func() { calls.Close() })
	cmd.ExtraFiles = []*os.File{end}
	keyboard, wait := systest.Interactive(t, cmd)
	t.Cleanup(func() { cmd.Process.Kill() })
	return &typist{
		shell: shell, dir: cmd.Dir, keyboard: keyboard, calls: bufio.NewReader(calls), wait: wait,
		patience: func() { calls.SetReadDeadline(time.Now().Add(patience)) },
		kill:     func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) },
	}
}

// writeHome writes what a shell finds below a home: what kmod link makes, kmod, and tools
// that tell the test how they were called.
func writeHome(t *testing.T, home string, shell userShell, root string) {
	t.Helper()
	bin := filepath.Join(home, "bin") + "/"
	self, err := os.Executable()
	for _, dir := range []string{bin, home + "/work", home + "/sbin"} {
		err = firstError(err, os.MkdirAll(dir, 0o755))
	}
	for _, tool := range compatTools() {
		err = firstError(err, os.WriteFile(bin+tool, []byte("#!/bin/sh\n"+
			"{ printf '%s\\0' \"${0##*/}\" \"$@\"; echo; } >&3\n"), 0o755))
	}
	kmodScript := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = complete ] || exec modprobe kmod \"$@\"\n"+
		"exec 3>&-\nexport %s='%s'\nexec '%s' \"$@\"\n", completingVariable, root, home+"/kmod")
	err = firstError(err, os.WriteFile(bin+"kmod", []byte(kmodScript), 0o755), os.Symlink(self, home+"/kmod"),
		os.WriteFile(bin+"sudo", []byte("#!/bin/sh\nexec \"$@\"\n"), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	rc := strings.ReplaceAll(shell.rc, "SHARE", home+"/share")
	for _, name := range []string{"RC", ".zshrc", ".config/fish/config.fish"} {
		writeFile(t, filepath.Join(home, name), rc)
	}
	link(t, newWorld(), "--no-man", home+"/sbin")
}

// run types a line and Enter, and returns the call of the tool in it.
func (p *typist) run(t *testing.T, line string) []string {
	t.Helper()
	p.patience()
	io.WriteString(p.keyboard, line+"\r")
	var call []byte
	for !bytes.HasSuffix(call, []byte("\x00\n")) {
		more, err := p.calls.ReadBytes('\n')
		call = append(call, more...)
		if err != nil {
			p.kill()
			screen, _ := p.wait()
			t.Fatalf("%q: %v after %q; the screen shows %q", line, err, call, screen)
		}
	}
	return strings.Split(strings.TrimSuffix(string(call), "\x00\n"), "\x00")
}

// end ends the shell.
func (p *typist) end(t *testing.T) {
	t.Helper()
	io.WriteString(p.keyboard, "exit\r")
	if screen, err := p.wait(); err != nil {
		t.Errorf("%v; the screen shows %q", err, screen)
	}
	if found, _ := filepath.Glob(filepath.Join(p.dir, "*pwned*")); len(found) > 0 {
		t.Errorf("a name was executed: %q", found)
	}
}

// TestShells types at real shells.
func TestShells(t *testing.T) {
	if testing.Short() {
		t.Skip("it types some hundred keys")
	}
	root := completionRoot(t)
	for _, shell := range userShells {
		t.Run(shell.title, func(t *testing.T) {
			t.Parallel()
			p := startShell(t, shell, root)
			for _, test := range []struct{ line, want string }{
				{"modprobe snd\t", "modprobe snd_hda_intel"}, {"modprobe snd-\t", "modprobe snd-hda_intel"},
				{"modprobe xfrm_u\t--verb\t", "modprobe xfrm_user --verbose"},
				{"modprobe xfs dep\t3", "modprobe xfs depth=3"}, {"modprobe xfs deb\tY", "modprobe xfs debug=Y"},
				{"modprobe -r s\t", "modprobe -r snd_hda_intel"}, {"rmmod xf\t", "rmmod xfs"},
				{"modinfo xb\t-F verm\t", "modinfo xbuiltin -F vermagic"}, {"depmod 6.9\t", "depmod 6.9-other"},
				{"modprobe --set-version=6.9\txfs", "modprobe --set-version=6.9-other xfs"},
				{"kmod diag\txb\t", "modprobe kmod diagnose xbuiltin"}, {"lsmod --js\t", "lsmod --json"},
				{"kmod sign --hash=sha2\t56", "modprobe kmod sign --hash=sha256"},
			} {
				if got := strings.Join(p.run(t, test.line), " "); got != test.want {
					t.Errorf("%q: %q, want %q", test.line, got, test.want)
				}
			}
			if shell.all != "" {
				p.testAll(t)
			}
			if got := strings.Join(p.run(t, "sudo rmmod xf\t"), " "); shell.sudo && got != "rmmod xfs" {
				t.Errorf("behind sudo: %q", got)
			}
			p.testFiles(t)
			p.testTyped(t)
			p.end(t)
		})
	}
}

// testAll: several candidates are all there is.
func (p *typist) testAll(t *testing.T) {
	for line, want := range map[string]string{
		"modprobe xfrm_": "xfrm_algo xfrm_user", "modprobe xfs de": "debug= depth=", "rmmod ": "snd_hda_intel xfs",
		"modprobe -S 6": allReleases(t),
	} {
		got := p.run(t, line+p.shell.all)
		words := got[len(strings.Fields(line)):]
		if !strings.HasSuffix(line, " ") {
			words = got[len(strings.Fields(line))-1:]
		}
		slices.Sort(words)
		if strings.TrimSpace(strings.Join(words, " ")) != want {
			t.Errorf("%q: %q, want %q", line, words, want)
		}
	}
	got := p.run(t, "modprobe -"+p.shell.all)
	table := optionsOf("modprobe")
	if want := len(table.letters()) + len(table.long); len(got)-1 != want {
		t.Errorf("%d options, want %d: %q", len(got)-1, want, got)
	}
}

// testFiles: names of files are quoted, whatever is in them.
func (p *typist) testFiles(t *testing.T) {
	for i, name := range hostile {
		if name == "" {
			continue // ".ko" is hidden
		}
		dir := filepath.Join(p.dir, fmt.Sprint("d", i))
		file := filepath.Join(dir, name+".ko")
		err := firstError(os.MkdirAll(dir, 0o755), os.WriteFile(file, nil, 0o644),
			os.WriteFile(filepath.Join(dir, "text"), nil, 0o644))
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"insmod", fmt.Sprintf("d%d/%s.ko", i, name)}
		if strings.ContainsAny(name, p.shell.unlisted) {
			want[1] = fmt.Sprintf("d%d/", i)
		}
		if got := p.run(t, fmt.Sprintf("insmod d%d/\t", i)); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// testTyped: what the user has typed is not executed before Enter.
func (p *typist) testTyped(t *testing.T) {
	for _, line := range []string{"modprobe $(touch pwned)", "insmod `touch pwned`", `insmod "$(touch pwned)/`,
		"modprobe -d $(touch pwned)/ x", "modprobe -d (touch pwned)/ -S ", "insmod d1/$(touch pwned)x"} {
		io.WriteString(p.keyboard, line+"\t\x15")
		if got := p.run(t, "rmmod xfs"); strings.Join(got, " ") != "rmmod xfs" {
			t.Errorf("after %q: %q", line, got)
		}
	}
}
