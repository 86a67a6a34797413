package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// nodesDuel is a machine with a modules.devname for the running kernel, as both our
// static-nodes and the reference's see it.
type nodesDuel struct {
	ours   *world
	file   string // modules.devname
	dir    string // the reference's working directory; ours.dir is our own
	kmod   string
	shell  *modulesShell
	stdout string // files for the reference's output
	stderr string
}

// newNodesDuel prepares the machine. The reference has no option for another root, so
// that it runs where /lib/modules is the directory of the test.
func newNodesDuel(t *testing.T, kmod string) *nodesDuel {
	t.Helper()
	release, err := sys.Release()
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	d := &nodesDuel{ours: newWorld(), dir: t.TempDir(), kmod: kmod, stdout: out + "/stdout", stderr: out + "/stderr"}
	d.ours.root, d.ours.dir = t.TempDir(), t.TempDir()
	d.file = filepath.Join(d.ours.root, "lib/modules", release, "modules.devname")
	writeText(t, d.file, "the test's own\n")
	d.shell = newModulesShell(t, filepath.Join(d.ours.root, "lib/modules"))
	return d
}

// ask calls both. What the reference says in place of a reason is mended.
func (d *nodesDuel) ask(t *testing.T, args ...string) (got, want answer) {
	t.Helper()
	got = d.ours.run(append([]string{"kmod", "static-nodes"}, args...)...)
	got.stderr = strings.ReplaceAll(got.stderr, d.ours.root, "")
	want = d.askReference(t, args...)
	want.stderr = strings.ReplaceAll(want.stderr, " - Success.\n", " - Not a directory.\n")
	return got, want
}

func (d *nodesDuel) askReference(t *testing.T, args ...string) answer {
	t.Helper()
	status := d.shell.run(t, d.dir, d.stdout, d.stderr, append([]string{d.kmod, "static-nodes"}, args...)...)
	return answer{readText(t, d.stdout), readText(t, d.stderr), status}
}

// eachNodesDuel tests against the machine's kmod and the newest one.
func eachNodesDuel(t *testing.T, test func(t *testing.T, d *nodesDuel)) {
	t.Run("installed", func(t *testing.T) { test(t, newNodesDuel(t, kmodref.Tool(t, "kmod"))) })
	t.Run("newest", func(t *testing.T) { test(t, newNodesDuel(t, kmodref.Newest(t, "kmod"))) })
}

var nodeFormats = []string{"human", "tmpfiles", "devname"}

// TestStaticNodesReferenceKernels: for real kernels all formats are the same.
func TestStaticNodesReferenceKernels(t *testing.T) {
	trees := kernelTrees(t)
	eachNodesDuel(t, func(t *testing.T, d *nodesDuel) {
		for _, tree := range trees {
			writeText(t, d.file, readText(t, filepath.Join(tree.dir(), "modules.devname")))
			for _, format := range nodeFormats {
				got, want := d.ask(t, "--format="+format)
				if got.check(t, want); got.status != 0 || strings.Count(got.stdout, "\n") < 10 {
					t.Errorf("%s: %+v", tree.release, got)
				}
			}
		}
	})
}

// TestStaticNodesReferenceCall: options and messages are the same.
func TestStaticNodesReferenceCall(t *testing.T) {
	eachNodesDuel(t, func(t *testing.T, d *nodesDuel) {
		writeText(t, d.file, someNodes)
		for _, args := range []string{"", "x y", "-f bad", "-f", "--format", "-f human -f devname", "--form devname", "--help=x",
			"-h -f bad", "-f bad -h", "-x", "--version", "-V", "-fdevname", "-- -f", "-o"} {
			got, want := d.ask(t, strings.Fields(args)...)
			got.stdout = ownOptions.ReplaceAllString(got.stdout, "")
			got.check(t, want)
		}
		if err := os.Remove(d.file); err != nil {
			t.Fatal(err)
		}
		for _, args := range []string{"", "-o a/b", "-f bad", "-o /"} {
			got, want := d.ask(t, strings.Fields(args)...)
			got.stdout = ownOptions.ReplaceAllString(got.stdout, "")
			got.check(t, want)
		}
		dir := filepath.Dir(d.file)
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		got, want := d.ask(t)
		got.check(t, want)
		writeText(t, dir, "not a directory")
		got, want = d.ask(t)
		got.check(t, want)
	})
}

// ownOptions are the lines of the help for options that only this program has.
var ownOptions = regexp.MustCompile(`(?m)^\t-[dS], .*\n(\t {3}.*\n)*`)

// TestStaticNodesReferenceOutput: the files and directories are the same, with their
// modes, and so is what is said where there can be none.
func TestStaticNodesReferenceOutput(t *testing.T) {
	prepare := func(t *testing.T, dir string) {
		t.Helper()
		writeText(t, filepath.Join(dir, "there"), strings.Repeat("longer than the new content\n", 100))
		if err := os.Chmod(filepath.Join(dir, "there"), 0o600); err != nil {
			t.Fatal(err)
		}
		for name, target := range map[string]string{"link": "target", "dangling": "no/target", "loop": "loop", "dir": "."} {
			if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	eachNodesDuel(t, func(t *testing.T, d *nodesDuel) {
		prepare(t, d.dir)
		prepare(t, d.ours.dir)
		names := []string{"there", "/dev/null/x", "new", "link", "dangling", "loop", "dir/x", "dir", "a/b/c", "d//e", "f/../g",
			"./h/./i", "there/x", "there/x/y", "slash/", "", ".", "/", "/dev/null"}
		for _, text := range []string{someNodes, "broken\n", ""} {
			writeText(t, d.file, text)
			for _, name := range names {
				got, want := d.ask(t, "-f", "tmpfiles", "-o", name)
				got.check(t, want)
				if got, want := treeText(t, d.ours.dir), treeText(t, d.dir); got != want {
					t.Fatalf("-o %s:\n%s\nwant\n%s", name, got, want)
				}
			}
			names = names[:2]
		}
	})
}

// treeText describes all that is in a directory.
func treeText(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %v", strings.TrimPrefix(name, dir), info.Mode())
		if e.Type().IsRegular() {
			fmt.Fprintf(&b, " %q", readText(t, name))
		}
		b.WriteByte('\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// leftOut finds the lines that are left out, in messages.
var leftOut = regexp.MustCompile(`(?m)^Warning: .*/modules\.devname line ([0-9]+): .* - ignoring\n`)

// harmless is the form of the entries that depmod writes.
var harmless = regexp.MustCompile(`^\w+ [\w-]+(/[\w-]+)* [bc]([0-9]{1,3}|[1-3][0-9]{3}):[0-9]{1,6}$`)

// TestStaticNodesReferenceLines: whatever is in the file, both list the same and complain
// of the same lines, but for the nodes that must not be made.
func TestStaticNodesReferenceLines(t *testing.T) {
	rounds := 30
	if testing.Short() {
		rounds = 10
	}
	eachNodesDuel(t, func(t *testing.T, d *nodesDuel) {
		random := rand.New(rand.NewPCG(1, 2))
		for round := range rounds {
			lines := make([]string, random.IntN(60))
			for i := range lines {
				lines[i] = randomEntry(random)
			}
			end := []string{"\n", "\r\n"}[random.IntN(2)]
			d.compareLines(t, lines, end, nodeFormats[round%len(nodeFormats)])
			if t.Failed() {
				return
			}
		}
	})
}

// compareLines compares the answers about a file, which for the reference does not have
// the entries that we leave out.
func (d *nodesDuel) compareLines(t *testing.T, lines []string, end, format string) {
	t.Helper()
	text := strings.Join(lines, end) + end
	writeText(t, d.file, text)
	got := d.ours.run("kmod", "static-nodes", "-f", format)
	kept := slices.Clone(lines)
	for _, found := range leftOut.FindAllStringSubmatch(got.stderr, -1) {
		line, err := strconv.Atoi(found[1])
		if err != nil || harmless.MatchString(lines[line-1]) {
			t.Errorf("%s leaves out %q", format, lines[line-1])
			continue
		}
		kept[line-1] = "# left out"
	}
	got.stderr = leftOut.ReplaceAllString(got.stderr, "")
	writeText(t, d.file, strings.Join(kept, end)+end)
	want := d.askReference(t, "-f", format)
	if got != want {
		t.Errorf("%s of %q:\n%+v\nwant\n%+v", format, text, got, want)
	}
}

// randomEntry makes a line that is an entry, or nearly one.
func randomEntry(random *rand.Rand) string {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	odd := func(usual string, others ...string) string {
		if random.IntN(8) > 0 {
			return usual
		}
		return pick(others...)
	}
	space := func() string { return odd(" ", "", "  ", "\t", " \t ", "\v", "\f", "\r", "\u00a0") }
	number := func() string {
		return odd(strconv.Itoa(random.IntN(4096)), "", "0", "4095", "4096", "1048575", "1048576", "-1", "+1", "-0", "007", "0x1",
			"4294967295", "4294967296", "18446744073709551616", "99999999999999999999999", "1.5", " 1", "1 ", "+-1", "x", "１")
	}
	module := odd("mod_"+strconv.Itoa(random.IntN(9)), "a/b", "..", "#", "", "a\x01", "\xff", "mod-x", "é", strings.Repeat("m", 300))
	name := odd(pick("node", "net/tun", "a/b/c", "x-y_z"), "..", ".", "../x", "a/../b", "a/./b", "./a", "/a", "a/", "a//b", "", "%s",
		"a%", "\\x2e", "'a'", "\"a", "a\x1b", "a\u0085", "\xff", "é", "#", "...", "..a", "a:b", strings.Repeat("n", 300), strings.Repeat("n/", 300)+"n")
	kind := odd(pick("b", "c"), "", "C", "p", "cc", "\"", "é")
	line := odd("", " ", "#", "\t") + module + space() + name + space() + kind + number() + odd(":", "", " :", ": ", "::", ".") + number() +
		odd("", " ", " more", "#", ":1", "x", "\r")
	return odd(line, "", "#", "broken", " # x", "#"+line, "a b", strings.Repeat("w ", 500))
}
