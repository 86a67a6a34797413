package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/kmod"
)

// nodesRelease is the release of the trees that have only device nodes.
const nodesRelease = "6.9-nodes"

// devnameFile is the place of modules.devname below a root.
func devnameFile(root string) string {
	return filepath.Join(root, "lib/modules", nodesRelease, "modules.devname")
}

// nodesWorld is a machine with a modules.devname, and a working directory.
func nodesWorld(t testing.TB, text string) *world {
	t.Helper()
	w := newWorld()
	w.root, w.dir = t.TempDir(), t.TempDir()
	writeText(t, devnameFile(w.root), text)
	return w
}

func writeText(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readText(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// staticNodes calls the command, with the paths of messages as on a machine of its own.
func (w *world) staticNodes(args ...string) answer {
	got := w.run(append([]string{"kmod", "static-nodes", "-S", nodesRelease}, args...)...)
	got.stderr = strings.ReplaceAll(got.stderr, w.root, "")
	return got
}

const (
	someNodes    = "# Device nodes to trigger on-demand module loading.\nfuse fuse c10:229\nloop loop0 b7:0\ntun net/tun c10:200\nx a/b/c b1:2\n"
	someTmpfiles = "c! /dev/fuse 0600 - - - 10:229\nb! /dev/loop0 0600 - - - 7:0\n" +
		"d /dev/net 0755 - - -\nc! /dev/net/tun 0600 - - - 10:200\nd /dev/a/b 0755 - - -\nb! /dev/a/b/c 0600 - - - 1:2\n"
	someHuman = "Module: fuse\n\tDevice node: /dev/fuse\n\t\tType: character device\n\t\tMajor: 10\n\t\tMinor: 229\n" +
		"Module: loop\n\tDevice node: /dev/loop0\n\t\tType: block device\n\t\tMajor: 7\n\t\tMinor: 0\n" +
		"Module: tun\n\tDevice node: /dev/net/tun\n\t\tType: character device\n\t\tMajor: 10\n\t\tMinor: 200\n" +
		"Module: x\n\tDevice node: /dev/a/b/c\n\t\tType: block device\n\t\tMajor: 1\n\t\tMinor: 2\n"
)

func TestStaticNodesFormats(t *testing.T) {
	w := nodesWorld(t, someNodes)
	_, entries, _ := strings.Cut(someNodes, "\n")
	usage := strings.ReplaceAll(staticNodesUsage, "NAME", "static-nodes")
	for args, want := range map[string]answer{
		"":                               {someHuman, "", 0},
		"extra arguments":                {someHuman, "", 0},
		"-f human":                       {someHuman, "", 0},
		"-f tmpfiles":                    {someTmpfiles, "", 0},
		"--format=devname":               {entries, "", 0},
		"-fdevname --form tmpfiles":      {someTmpfiles, "", 0},
		"-f bad":                         {usage, "Unknown format: 'bad'.\n", 1},
		"-f tmp -f human":                {usage, "Unknown format: 'tmp'.\n", 1},
		"-f ":                            {"", "static-nodes: option requires an argument -- 'f'\n", 1},
		"-f bad -h":                      {usage, "Unknown format: 'bad'.\n", 1},
		"-h -f bad":                      {usage, "", 0},
		"--version":                      {"", "static-nodes: unrecognized option '--version'\n", 1},
		"-S 6.8":                         {"", "Warning: /lib/modules/6.8/modules.devname not found - ignoring\n", 0},
		"-S a/b":                         {"", "Error: could not open the modules - find the modules of \"a/b\": not a kernel release\n", 1},
		"-f tmpfiles -d " + w.root + "/": {someTmpfiles, "", 0},
		"-f tmpfiles -d /nonexistent":    {"", "Warning: /nonexistent/lib/modules/" + nodesRelease + "/modules.devname not found - ignoring\n", 0},
	} {
		t.Run(args, func(t *testing.T) { w.staticNodes(strings.Fields(args)...).check(t, want) })
	}
}

// TestStaticNodesLines: lines that are not entries are errors, entries that must not be
// made are left out, and the rest is listed all the same.
func TestStaticNodesLines(t *testing.T) {
	const good = "c! /dev/b 0600 - - - 1:2\n"
	const bad = "Warning: /lib/modules/" + nodesRelease + "/modules.devname line "
	name := "the device's name is not one of a file below /dev - ignoring\n"
	numbers := "the device's numbers are not between 0:0 and 4095:1048575 - ignoring\n"
	special := "the device's name has a character with a meaning in tmpfiles.d(5) - ignoring\n"
	long := strings.Repeat("long", 2000)
	for text, want := range map[string]answer{
		"":                         {"", "", 0},
		"#":                        {"", "", 0},
		"a b c1:2":                 {good, "", 0},
		"a b c1:2\r\n#\r\n":        {good, "", 0},
		"broken\na b c1:2\n":       {good, "Error: invalid devname entry: broken\n", 1},
		"\n":                       {"", "Error: invalid devname entry: \n", 1},
		"a b c1:2\n # x\n":         {good, "Error: invalid devname entry:  # x\n", 1},
		"broken":                   {"", "Error: invalid devname entry: broken\n", 1},
		long:                       {"", "Error: invalid devname entry: " + long[:4095] + "\n", 1},
		"a ../b c1:2\na b c1:2\n":  {good, bad + "1: invalid devname entry \"a ../b c1:2\": " + name, 0},
		"a b c1:2\na /b c1:2\n":    {good, bad + "2: invalid devname entry \"a /b c1:2\": " + name, 0},
		"a b/../c c1:2\n":          {"", bad + "1: invalid devname entry \"a b/../c c1:2\": " + name, 0},
		"a b\x1b[0m c1:2\n":        {"", bad + "1: invalid devname entry \"a b\\x1b[0m c1:2\": " + name, 0},
		"a b c4096:0\n":            {"", bad + "1: invalid devname entry \"a b c4096:0\": " + numbers, 0},
		"a b c-1:0\nx\na b c1:2\n": {good, bad + "1: invalid devname entry \"a b c-1:0\": " + numbers + "Error: invalid devname entry: x\n", 1},
		"a %b c1:2\n":              {"", bad + "1: devname entry \"a %b c1:2\": " + special, 0},
		"a b\\x2e c1:2\n":          {"", bad + "1: devname entry \"a b\\\\x2e c1:2\": " + special, 0},
		"a b' c1:2\n":              {"", bad + "1: devname entry \"a b' c1:2\": " + special, 0},
		"a \"b c1:2\na b c1:2\n":   {good, bad + "1: devname entry \"a \\\"b c1:2\": " + special, 0},
	} {
		nodesWorld(t, text).staticNodes("-f", "tmpfiles").check(t, want)
	}
	nodesWorld(t, "a %b c1:2\n").staticNodes("-f", "devname").check(t, answer{"a %b c1:2\n", "", 0})
}

// TestStaticNodesMany: not every bad line is a message.
func TestStaticNodesMany(t *testing.T) {
	for line, want := range map[string]string{
		"x\n":         "Error: 7 more invalid devname entries\n",
		"a .. c1:2\n": "Warning: 7 more devname entries - ignoring\n",
	} {
		got := nodesWorld(t, strings.Repeat(line, 1007)).staticNodes()
		if lines := strings.Count(got.stderr, "\n"); lines != 1001 || !strings.HasSuffix(got.stderr, "\n"+want) {
			t.Errorf("%d messages, the last of which is %q", lines, got.stderr[strings.LastIndex(got.stderr[:len(got.stderr)-1], "\n"):])
		}
		if got := nodesWorld(t, strings.Repeat(line, 1000)).staticNodes(); strings.Count(got.stderr, "\n") != 1000 {
			t.Error("a thousand messages are not shown")
		}
	}
}

// TestStaticNodesUnreadable: what cannot be read is an error, and no output is made.
func TestStaticNodesUnreadable(t *testing.T) {
	for what, test := range map[string]struct {
		prepare func(file string) error
		want    string
	}{
		"directory": {func(file string) error { return os.Mkdir(file, 0o755) },
			"Error: could not open /lib/modules/" + nodesRelease + "/modules.devname - not a regular file\n"},
		"loop": {func(file string) error { return os.Symlink("modules.devname", file) },
			"Error: could not open /lib/modules/" + nodesRelease + "/modules.devname - Too many levels of symbolic links\n"},
		"large": {func(file string) error { return os.WriteFile(file, nil, 0o644) },
			"Error: could not open /lib/modules/" + nodesRelease + "/modules.devname - the file is too large: it has more than 67108864 bytes\n"},
	} {
		w := nodesWorld(t, "")
		file := devnameFile(w.root)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := test.prepare(file); err != nil {
			t.Fatal(err)
		}
		if what == "large" {
			if err := os.Truncate(file, 1<<30); err != nil {
				t.Log("no sparse files: ", err)
				continue
			}
		}
		w.staticNodes("-o", "a/b").check(t, answer{"", test.want, 1})
		if _, err := os.Stat(w.dir + "/a"); err == nil {
			t.Errorf("%s: there is an output", what)
		}
	}
}

// TestStaticNodesOutput: the file is made with its directories, once there is something
// to list.
func TestStaticNodesOutput(t *testing.T) {
	w := nodesWorld(t, someNodes)
	full := func(name string) string { return filepath.Join(w.dir, name) }
	writeText(t, full("there"), strings.Repeat("longer than the new content\n", 100))
	if err := os.Chmod(full("there"), 0o600); err != nil {
		t.Fatal(err)
	}
	writeText(t, full("in/target"), "old")
	if err := os.Symlink("in/target", full("link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"new", "there", "link", "a/b/c", "./d//e", "f/../g", full("h/i")} {
		w.staticNodes("-f", "tmpfiles", "-o", name).check(t, answer{})
		path := name
		if !filepath.IsAbs(name) {
			path = full(name)
		}
		if got := readText(t, path); got != someTmpfiles {
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, want := range map[string]fs.FileMode{"there": 0o600, "a/b": fs.ModeDir | 0o755} {
		if info, err := os.Stat(full(name)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if info, err := os.Lstat(full("link")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info, err)
	}
	w.staticNodes("-o", "one", "--out=two", "-f", "tmpfiles").check(t, answer{})
	if _, err := os.Stat(full("one")); err == nil || readText(t, full("two")) != someTmpfiles {
		t.Error("not the last output counts")
	}
	w.staticNodes("-S", "6.8", "-o", "none/x").check(t,
		answer{"", "Warning: /lib/modules/6.8/modules.devname not found - ignoring\n", 0})
	if _, err := os.Stat(full("none")); err == nil {
		t.Error("there is an output without nodes")
	}
	writeText(t, devnameFile(w.root), "broken\n")
	w.staticNodes("-o", "empty/x").check(t, answer{"", "Error: invalid devname entry: broken\n", 1})
	if got := readText(t, full("empty/x")); got != "" {
		t.Errorf("the output is %q", got)
	}
}

// TestStaticNodesNoOutput: what cannot be written is an error.
func TestStaticNodesNoOutput(t *testing.T) {
	w := nodesWorld(t, someNodes)
	writeText(t, filepath.Join(w.dir, "file"), "")
	if err := os.Symlink("no/target", filepath.Join(w.dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"":         "Error: could not create  - No such file or directory\n",
		".":        "Error: could not create . - Is a directory\n",
		"/":        "Error: could not create / - Is a directory\n",
		"new/":     "Error: could not create new/ - Is a directory\n",
		"file/x":   "Error: could not create parent directory for file/x - Not a directory.\n",
		"file/x/y": "Error: could not create parent directory for file/x/y - Not a directory.\n",
		"dangling": "Error: could not create dangling - No such file or directory\n",
	} {
		w.staticNodes("-o", name).check(t, answer{"", want, 1})
	}
	w.staticNodes("-S", "6.8", "-o", "").check(t,
		answer{"", "Warning: /lib/modules/6.8/modules.devname not found - ignoring\n", 0})
}

// TestStaticNodesLikeDevnames: an entry in the format of the file is read back as it was.
func TestStaticNodesLikeDevnames(t *testing.T) {
	w := nodesWorld(t, someNodes)
	again := nodesWorld(t, w.staticNodes("-f", "devname").stdout)
	db, err := kmod.Open(&kmod.Config{Root: again.root, Release: nodesRelease})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var got strings.Builder
	for d, err := range db.Devnames() {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&got, d.Text)
	}
	if _, want, _ := strings.Cut(someNodes, "\n"); got.String() != want {
		t.Errorf("%q, want %q", got.String(), want)
	}
}
