package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/systest"
)

// toolVariable turns the test binary into the tool that its first argument
// names.
const toolVariable = "GOKMOD_TEST_TOOL"

func init() {
	if os.Getenv(toolVariable) != "" {
		main()
	}
}

// tool is the command for a tool in a process of its own.
func tool(argv ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = argv
	cmd.Env = append(os.Environ(), toolVariable+"=1", "GORACE=atexit_sleep_ms=0")
	return cmd
}

// evil is text that would take over a terminal, in every possible way.
const evil = "\x1b]0;mine\a\x1b[2J\r\b\x7f\u009b31m\u0085\x9b32m\x84\u202e\f"

// evilRoot is a root with a module that has such text in all of its fields, and with
// the same in its configuration.
func evilRoot(t *testing.T) (root, file string) {
	t.Helper()
	m := modtest.Named("evil", []string{"sym" + evil}, []string{"none" + evil})
	m.Modinfo = append(m.Modinfo, "description=good"+evil+"\nsigner:         Debian", "key"+evil+"=value",
		"alias=al"+evil+"*",
		"parm=p"+evil+":text"+evil+"\nfilename:       no", "parmtype=p"+evil+":int"+evil, "parm=bad"+evil,
		"firmware=fw"+evil,
		"softdep=pre: s"+evil, "import_ns=ns"+evil)
	root = t.TempDir()
	writeModule(t, root, "kernel/evil.ko", m.Build())
	writeModule(t, root, "kernel/e"+evil+".ko", m.Build())
	dir := filepath.Join(root, "lib/modules", modtest.Release)
	file = dir + "/kernel/e" + evil + ".ko"
	for name, text := range map[string]string{
		dir + "/kernel/bad" + evil + ".ko": "not a module", dir + "/modules.builtin": "kernel/bi" + evil + ".ko\n",
		dir + "/modules.builtin.modinfo": "bi" + evil + ".description=d" + evil + "\x00",
		root + "/etc/modprobe.d/evil.conf": "options evil o=" + evil + "\nalias x" + evil + " evil\nnonsense " + evil + "\n" +
			"install gone" + evil + " false " + evil + "\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	index, err := depmod.Scan(t.Context(), &depmod.Config{Root: root, Release: modtest.Release})
	if err == nil {
		err = index.Write(nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return root, file
}

// evilCalls are calls of all tools that print texts of the root, or their arguments.
func evilCalls(root, file string) [][]string {
	db := []string{"-d", root, "-S", modtest.Release, "-C", root + "/etc/modprobe.d"}
	with := func(tool []string, args ...string) []string { return append(append(tool, db...), args...) }
	kmod := func(command string) []string { return []string{"kmod", command} }
	modprobe := []string{"modprobe"}
	return [][]string{
		{"modinfo", file}, {"modinfo", "-0", file}, {"modinfo", "-p", file}, {"modinfo", "-d", file},
		{"modinfo", "-n", file},
		{"modinfo", "-F", "alias", file}, {"modinfo", "--json", file}, {"modinfo", root + "/" + evil},
		{"modinfo", "-b", root, "-k", modtest.Release, "evil", "bi" + evil, "x" + evil}, {"modinfo", evil},
		with(modprobe, "-c"), with(modprobe, "-D", "evil"), with(modprobe, "-D", "--json", "evil"),
		with(modprobe, "-D", file),
		with(modprobe, "-R", "x"+evil), with(modprobe, "-R", "al"+evil+"z"), with(modprobe, evil),
		with(modprobe, "-n", "-v", "evil", evil),
		with(modprobe, "-n", "-v", "gone"+evil), with(modprobe, "-r", "-n", "-v", evil),
		with(modprobe, "--"+evil), with(modprobe, "-S", evil, "x"),
		with(modprobe, "--dump-modversions", file), with(modprobe, "--show-exports", file),
		with(modprobe, "-D", "gone"+evil),
		{"depmod", "-n", "-b", root, modtest.Release}, {"depmod", "-n", "--json", "-b", root, modtest.Release},
		{"depmod", "-n", "-w", "-e", "-F", "/dev/null", "-b", root, modtest.Release}, {"depmod", "-b", root, evil},
		{"depmod", "-n", "-b", root, modtest.Release, file},
		{"depmod", "-n", "-b", root + "/" + evil, modtest.Release},
		with(kmod("graph"), "evil"), with(kmod("graph"), "-m", "evil"), with(kmod("graph"), file),
		with(kmod("graph"), evil),
		{"kmod", "verify", "--cert", root + "/" + evil, file}, {"kmod", "verify", root + "/lib"},
		{"kmod", "verify", "-v", file},
		with(kmod("diagnose"), "evil"), with(kmod("diagnose"), "-v", file),
		with(kmod("diagnose"), "--json", "evil"), with(kmod("diagnose"), evil),
		with(kmod("check"), "-v", file), with(kmod("check"), "--json", root+"/lib"),
		{"kmod", "check", root + "/" + evil},
		{"kmod", "exports", file}, {"kmod", "exports", root + "/" + evil}, {"kmod", "check", "-k", file, file},
		{"kmod", "diagnose", "--kernel", root + "/" + evil, "evil"}, {"depmod", "--kernel", root + "/" + evil, "-n", "6.1"},
		{"kmod", "link", root + "/" + evil}, {"kmod", "link", "-n", "--share", root + "/" + evil, root + "/lib"},
		{"kmod", "complete", "zsh", "insmod", file, "p"}, {"kmod", "complete", "bash", "insmod " + evil, evil},
		{"insmod", root + "/" + evil},
		{"insmod", root + "/lib/modules/" + modtest.Release + "/kernel/bad" + evil + ".ko"},
		{"rmmod", evil}, {"rmmod", "-" + evil}, {"kmod", evil}, {"kmod", "help", evil}, {evil}, {"lsmod", evil},
	}
}

// TestTerminal: no tool writes control characters to a terminal.
func TestTerminal(t *testing.T) {
	root, file := evilRoot(t)
	for _, argv := range evilCalls(root, file) {
		text := systest.OnTerminal(t, tool(argv...))
		if bad := controls(text); bad != "" {
			t.Errorf("%q writes %q: %q", argv, bad, text)
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "signer:") || strings.HasPrefix(line, "filename:       no") {
				t.Errorf("%q has a line %q that is a part of a value", argv, line)
			}
		}
	}
}

// controls returns the characters of a text that a terminal would obey.
func controls(text string) string {
	var bad strings.Builder
	for i, r := range text {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == '\u202e' || r == 0xfffd &&
			text[i] != "\ufffd"[0] {
			bad.WriteString(text[i : i+1])
		}
	}
	return bad.String()
}

// TestHintOnTerminal: a module that the kernel refuses has the hint on a terminal, and not in
// a pipe.
func TestHintOnTerminal(t *testing.T) {
	name := filepath.Join(t.TempDir(), "text file.ko")
	writeText(t, name, "not a module")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	piped, _ := tool("insmod", name).CombinedOutput()
	if strings.Count(string(piped), "\n") != 1 {
		t.Errorf("to a pipe: %q", piped)
	}
	want := string(piped) + "For the cause and what to do: " + program + " diagnose '" + name + "'\n"
	if got := systest.OnTerminal(t, tool("insmod", name)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestNoTerminal: pipes and files get every byte.
func TestNoTerminal(t *testing.T) {
	_, file := evilRoot(t)
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for _, argv := range [][]string{{"modinfo", file}, {"modinfo", "--json", file}, {"modinfo", "-0", file},
		{"rmmod", evil}, {"kmod", evil}} {
		piped, err := tool(argv...).CombinedOutput()
		if _, exited := err.(*exec.ExitError); err != nil && !exited {
			t.Fatal(err)
		}
		if want := evil; argv[1] != "--json" && !strings.Contains(string(piped), want) {
			t.Errorf("%q writes %q to a pipe", argv, piped)
		}
		if _, err := out.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		cmd := tool(argv...)
		cmd.Stdout, cmd.Stderr = out, out
		cmd.Run()
		filed := make([]byte, len(piped))
		if _, err := out.ReadAt(filed, 0); err != nil || string(filed) != string(piped) {
			t.Errorf("%q writes %q to a file, %q to a pipe, %v", argv, filed, piped, err)
		}
	}
}
