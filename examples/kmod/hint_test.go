package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hintWorld is a world of which kmod is a program, and whose terminal somebody reads.
func hintWorld(t *testing.T) (w *world, root, dir string) {
	t.Helper()
	w, root, dir = troubledWorld(t)
	w.terminal = true
	w.program = filepath.Join(root, "bin/kmod")
	writeText(t, w.program, "")
	w.env = map[string]string{"PATH": "/nonexistent:" + filepath.Dir(w.program)}
	return w, root, dir
}

// hintOf is the hint in a tool's messages, which has to be their last line.
func hintOf(t *testing.T, got answer) string {
	t.Helper()
	const start = "For the cause and what to do: "
	rest, hint, found := strings.Cut(got.stderr, start)
	if !found {
		return ""
	}
	if got.status != failure || !strings.HasSuffix(rest, "\n") || strings.Index(hint, "\n") != len(hint)-1 {
		t.Errorf("%+v", got)
	}
	return strings.TrimSuffix(hint, "\n")
}

// TestHint: a load that the kernel refused ends with the command that explains it.
func TestHint(t *testing.T) {
	w, root, dir := hintWorld(t)
	base := "-d " + root + " -S 6.1.0-test"
	for command, want := range map[string]string{
		"modprobe " + base + " lonely":                   "kmod diagnose " + base + " lonely",
		"kmod modprobe " + base + " x:1":                 "kmod diagnose " + base + " x:1",
		"modprobe " + base + " -C '' -b user":            "kmod diagnose " + base + " -C '' -b user",
		"modprobe " + base + ` lonely a=b c="it's two"`:  "kmod diagnose " + base + ` -p 'a=b c="it'\''s two"' lonely`,
		"modprobe " + base + " -a fine lonely user":      "kmod diagnose " + base + " lonely user",
		"modprobe " + base + " -v -a fine lonely user":   "kmod diagnose " + base + " lonely user",
		"modprobe " + base + " -a nobody lonely":         "kmod diagnose " + base + " lonely",
		"modprobe " + base + " " + dir + "lonely.ko":     "kmod diagnose " + base + " " + dir + "lonely.ko",
		"modprobe " + base + " fine":                     "",
		"modprobe " + base + " --first-time fine":        "",
		"modprobe " + base + " nobody":                   "",
		"modprobe " + base + " /nowhere.ko":              "",
		"modprobe " + base + " -n lonely":                "",
		"modprobe " + base + " -q lonely":                "",
		"modprobe " + base + " -D lonely":                "",
		"modprobe " + base + " -r lonely":                "",
		"insmod " + dir + "lonely.ko":                    "kmod diagnose " + dir + "lonely.ko",
		"insmod " + dir + "lonely.ko a=b":                "kmod diagnose -p a=b " + dir + "lonely.ko",
		"insmod lib/modules/6.1.0-test/kernel/lonely.ko": "kmod diagnose lib/modules/6.1.0-test/kernel/lonely.ko",
		"insmod Module.symvers":                          "kmod diagnose ./Module.symvers",
		"insmod nowhere.ko":                              "",
		"insmod lib":                                     "",
		"rmmod lonely":                                   "",
	} {
		args := splitQuoted(command)
		if at := strings.Index(command, `it's`); at >= 0 { // which needs both quotes
			args = append(splitQuoted(command[:at-len(`c="`)]), "c=it's two")
		}
		if got := hintOf(t, w.run(args...)); got != want {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
	w.env[depthVariable] = "1"
	if got := hintOf(t, w.run(splitQuoted("modprobe "+base+" lonely")...)); got != "" {
		t.Errorf("in a command: %q", got)
	}
}

// TestHintWorks: the command in a hint says why the load failed, also where there is no
// directory with the running kernel's modules.
func TestHintWorks(t *testing.T) {
	w, root, dir := hintWorld(t)
	for _, load := range []string{"modprobe -d " + root + " -S 6.1.0-test lonely", "insmod " + dir + "lonely.ko n=1"} {
		hint := hintOf(t, w.run(splitQuoted(load)...))
		got := w.run(append(splitQuoted(hint), "--symvers", "Module.symvers")...)
		if got.status != 1 || got.stderr != "" || !strings.Contains(got.stdout, ": would not load: it ") ||
			!strings.Contains(got.stdout, "lonely needs the symbol s1,") {
			t.Errorf("%s: %s: %+v", load, hint, got)
		}
	}
}

// TestHintElsewhere: kmod's words are the only ones where nobody reads them.
func TestHintElsewhere(t *testing.T) {
	w, root, dir := hintWorld(t)
	w.terminal = false
	for _, call := range []string{"modprobe -d " + root + " -S 6.1.0-test lonely", "insmod " + dir + "lonely.ko"} {
		if got := w.run(splitQuoted(call)...); strings.Count(got.stderr, "\n") != 1 || hintOf(t, got) != "" {
			t.Errorf("%s: %+v", call, got)
		}
	}
}

// TestOwnCommand: the command is this program, however it is installed.
func TestOwnCommand(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"own/kmod", "other/kmod", "copy/modprobe", "named/gokmod"} {
		writeText(t, filepath.Join(root, name), name)
	}
	for name, target := range map[string]string{"links/kmod": "../own/kmod", "dangling/kmod": "nowhere"} {
		writeText(t, filepath.Join(root, name), "")
		os.Remove(filepath.Join(root, name))
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "dir/kmod"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ program, path, want string }{
		{"own/kmod", "own", "kmod"},
		{"own/kmod", "links", "kmod"},
		{"own/kmod", "dir:dangling:own:other", "kmod"},
		{"own/kmod", "other:own", root + "/own/kmod"},
		{"own/kmod", "", root + "/own/kmod"},
		{"named/gokmod", "other", root + "/named/gokmod"},
		{"copy/modprobe", "other", ""},
		{"nowhere", "own", ""},
	} {
		var path []string
		for dir := range strings.SplitSeq(test.path, ":") {
			path = append(path, filepath.Join(root, dir))
		}
		c := &command{program: filepath.Join(root, test.program)}
		c.getenv = func(string) string { return strings.Join(path, ":") }
		if got := c.ownCommand(); got != test.want {
			t.Errorf("%v: %q", test, got)
		}
	}
}

// TestShellWord: a shell makes the word of it again, or there is none.
func TestShellWord(t *testing.T) {
	for word, want := range map[string]string{
		"xfs": "xfs", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$(reboot)": "'$(reboot)'", "é": "'é'",
		"=ls": "'=ls'", "a=b": "a=b",
		"~": "'~'", "a\nb": "", "\x1b[2J": "", "\u202e": "", "\xff": "",
	} {
		if got := shellWord(word); got != want {
			t.Errorf("%q gives %q, want %q", word, got, want)
		}
	}
}

// TestFileArgument: diagnose takes it for the name of a file.
func TestFileArgument(t *testing.T) {
	for name, want := range map[string]string{
		"/x/y": "/x/y", "./y": "./y", "y.ko": "y.ko", "d/y.ko.xz": "d/y.ko.xz", "y": "./y", "d/y": "./d/y",
		"-y.ko": "./-y.ko", "../y": "./../y",
	} {
		if got := fileArgument(name); got != want {
			t.Errorf("%q gives %q", name, got)
		}
	}
}
