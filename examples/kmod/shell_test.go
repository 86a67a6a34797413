package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// configWorld is goldenWorld with configuration in a file. The name before "\n"
// of each line of the answers' messages is that of the file.
func configWorld(t *testing.T, config string, loaded ...string) (w *world, modprobe, dir, file string) {
	t.Helper()
	w, modprobe, dir = goldenWorld(t, loaded...)
	file = filepath.Join(t.TempDir(), "a.conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return w, modprobe + "-C " + file + " ", dir, file
}

const commandConfig = `
install virtual load $MODPROBE_MODULE $CMDLINE_OPTS
options virtual a=1 b="c d"
remove virtual unload [$CMDLINE_OPTS]
install gm_mid bad
remove gm_mid bad
alias two gm_mid
alias two virtual
alias none nothing
`

func TestCommands(t *testing.T) {
	w, modprobe, dir, _ := configWorld(t, commandConfig)
	w.shell = func(line string, env []string) error {
		if line == "bad" {
			return errors.New("retcode 1")
		}
		return nil
	}
	base := "insmod " + dir + "updates/gm_base.ko \n"
	noMid := "modprobe: ERROR: Error running install command 'bad' for module gm_mid: retcode 1\n" +
		"modprobe: ERROR: could not insert 'gm_mid': Invalid argument\n"
	noTop := strings.ReplaceAll(noMid, "insert 'gm_mid'", "insert 'gm_top'")
	runCases(t, w, []toolCase{
		{modprobe + "-v virtual x=2", answer{"install load $MODPROBE_MODULE $CMDLINE_OPTS a=1 b=\"c d\" x=2\n", "", 0}},
		{modprobe + "-n -v virtual", answer{"install load $MODPROBE_MODULE $CMDLINE_OPTS a=1 b=\"c d\" \n", "", 0}},
		{modprobe + "-i virtual", answer{"", "modprobe: ERROR: could not insert 'virtual': " + unknownSymbol + "\n", 1}},
		{modprobe + "-n -v -i virtual", answer{}},
		{modprobe + "-r -v virtual", answer{"remove unload []\n", "", 0}},
		{modprobe + "-r -n -v virtual", answer{"remove unload []\n", "", 0}},
		{modprobe + "-r -i virtual", answer{}},
		{modprobe + "-r -i --first-time virtual", answer{"", "modprobe: FATAL: Module virtual is not in kernel.\n", 1}},
		{modprobe + "-r gm_mid virtual", answer{"", "modprobe: FATAL: Error running remove command for gm_mid\n", 1}},
		{modprobe + "-r -a gm_mid virtual", answer{"", "modprobe: WARNING: Error running remove command for gm_mid\n", 1}},
		{modprobe + "-v gm_mid", answer{base + "install bad \n", noMid, 1}},
		{modprobe + "gm_top", answer{"", noTop, 1}},
		{modprobe + "-a gm_top virtual gm_param", answer{"", noTop, 1}},
		{modprobe + "-q gm_top", answer{"", "", 1}},
		{modprobe + "two", answer{"", noMid, 0}}, // the last module decides
		{modprobe + "none", answer{"", "modprobe: ERROR: could not insert 'nothing': " + unknownSymbol + "\n", 1}},
		{modprobe + "-D none", answer{}},
	})
	want := []string{`load $MODPROBE_MODULE a=1 b="c d" x=2`, "unload []", "bad", "bad", "unload []", "bad", "bad", "bad",
		`load $MODPROBE_MODULE a=1 b="c d"`, "bad", "bad", `load $MODPROBE_MODULE a=1 b="c d"`}
	if !slices.Equal(w.ran, want) {
		t.Errorf("ran %q, want %q", w.ran, want)
	}
	if got, want := w.kernel.Modules(), []string{"gm_base", "gm_param"}; !slices.Equal(got, want) {
		t.Errorf("in the kernel are %v, want %v", got, want)
	}
}

// TestCommandEnvironment: what a modprobe called by a command must know.
func TestCommandEnvironment(t *testing.T) {
	w, modprobe, _, file := configWorld(t, commandConfig)
	var got []string
	w.shell = func(_ string, env []string) error {
		got = env
		return nil
	}
	for _, test := range []struct{ options, inherited, want string }{
		{"", "", "-C " + file},
		{"-v -s -q -b -f", "", "-C " + file + " -v -s -q"},
		{"-q", "-v  -q", "-v  -q -C " + file + " -q"},
		{`-C "/x y"`, "", "-C " + file + ` -C "/x y"`},
	} {
		w.env = map[string]string{"MODPROBE_OPTIONS": test.inherited}
		w.run(splitQuoted(modprobe + test.options + " virtual")...)
		want := []string{"MODPROBE_MODULE=virtual", "MODPROBE_DEPTH=1", "MODPROBE_OPTIONS=" + test.want}
		if !slices.Equal(got, want) {
			t.Errorf("%q: environment %q, want %q", test.options, got, want)
		}
	}
}

// TestCommandsWithinEachOther has a command that calls modprobe again,
// endlessly if it were let.
func TestCommandsWithinEachOther(t *testing.T) {
	w, modprobe, _, file := configWorld(t, "\ninstall virtual again\n")
	argv := splitQuoted(modprobe + "virtual")
	var inner answer
	w.shell = func(_ string, env []string) error {
		for _, setting := range env {
			name, value, _ := strings.Cut(setting, "=")
			w.env[name] = value
		}
		if inner = w.run(argv...); inner.status != 0 {
			return errors.New("retcode 1")
		}
		return nil
	}
	w.env = map[string]string{}
	if got := w.run(argv...); got.status != failure {
		t.Errorf("status %d", got.status)
	}
	if len(w.ran) != maxDepth {
		t.Errorf("the command ran %d times, want %d", len(w.ran), maxDepth)
	}
	w.shell = nil
	w.env = map[string]string{depthVariable: "16"}
	w.run(argv...).check(t, answer{"", "modprobe: ERROR: " + file + " line 2: the command for module virtual is not run, as commands of modprobe are nested 16 deep\n" +
		"modprobe: ERROR: could not insert 'virtual': Invalid argument\n", 1})
}

func TestRunShell(t *testing.T) {
	if _, err := os.Stat(shellPath); err != nil {
		t.Skip("there is no shell: ", err)
	}
	for line, want := range map[string]string{
		"exit 3":                       "retcode 3",
		`test "$A" = 1 -a "$B" = 2`:    "",
		"kill -9 $$":                   "signal: killed",
		"test \"$HOME\" = \"$A$HOME\"": "retcode 1",
	} {
		err := runShell(line, []string{"A=1", "B=2"})
		if got := ""; err != nil {
			if got = err.Error(); got != want {
				t.Errorf("%q: %q, want %q", line, got, want)
			}
		} else if want != "" {
			t.Errorf("%q: no error, want %q", line, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	got := environment([]string{"A=1", "AB=2", "C"}, []string{"A=3", "D=4"})
	if want := []string{"AB=2", "C", "A=3", "D=4"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
