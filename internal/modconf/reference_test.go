package modconf

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// The tests here compare with Debian's kmod. These differences remain, because
// the newest kmod or common sense differs. reference and its helpers even them
// out, or the random configurations avoid them:
//
//   - kmod before 33 reports weakdep lines as bad
//   - modprobe -c prints no space before "post:", lists the words of a softdep
//     wrongly when "pre:" follows "post:" follows "pre:", and prints one that
//     lists nothing as a line that it would not accept
//   - a softdep with exactly two separators after the module loses its first
//     keyword and the words up to the next one
//   - modprobe -c does not double backslashes
//   - a statement of several lines is reported with the number of the last
//   - include and config are reported without a line
//   - the bad name in a warning about the kernel command line has some of its
//     dashes replaced
//   - control characters in a warning are printed as they are
//   - a backslash at the end of a file becomes a byte 255
//   - carriage returns before the end of a line belong to its last word
//   - kmod 30 also reads *.alias in directories, and neither of two files with the
//     name modules.softdep when one of them is given by itself
//   - names in modprobe.blacklist=A,B are neither normalised nor freed of quotes,
//     and may be empty, as may module and parameter in .b=1 and a.=1

// answer is the reference's view of a configuration.
type answer struct {
	config   []string // the lines of modprobe -c
	warnings []string // "FILE line N WORD"
}

// reference asks for the configuration in the directories or files, by a
// command that ends with modprobe.
func reference(t *testing.T, command []string, root string, places ...string) answer {
	t.Helper()
	args := append(slices.Clone(command[1:]), "-d", root, "-S", "1", "-c")
	for _, place := range places {
		args = append(args, "-C", place)
	}
	cmd := exec.Command(command[0], args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Env = &stdout, &stderr, []string{"LC_ALL=C"}
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
	config, _, _ := strings.Cut("\n"+stdout.String(), "\n\n# End of configuration files.")
	var a answer
	for line := range strings.Lines(config) {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\xff", "")
		if line != "" && !strings.HasPrefix(line, "weakdep ") {
			a.config = append(a.config, line)
		}
	}
	a.warnings = referenceWarnings(t, stderr.String())
	return a
}

var badLine = regexp.MustCompile(`(?s)kmod_config_parse: (.*) line (\d+): ignoring bad line starting with '(.*)'\n`)
var obsolete = regexp.MustCompile(`kmod_config_parse: (.*): command (include|config) is deprecated and not parsed anymore\n`)
var badCmdline = regexp.MustCompile(`(?s)Ignoring bad option on kernel command line while parsing module name: '(.*)'\n`)

func referenceWarnings(t *testing.T, stderr string) []string {
	t.Helper()
	var all []string
	for line := range strings.Lines(stderr) {
		if m := badLine.FindStringSubmatch(line); m != nil {
			if word := strings.ReplaceAll(m[3], "\xff", ""); word != "weakdep" && word != "" {
				all = append(all, m[1]+" line "+m[2]+" "+printable(word))
			}
		} else if m := obsolete.FindStringSubmatch(line); m != nil {
			all = append(all, m[1]+" "+m[2])
		} else if m := badCmdline.FindStringSubmatch(line); m != nil {
			all = append(all, "/proc/cmdline "+modname.Normalize(printable(m[1])))
		} else {
			t.Fatalf("unexpected message %q", line)
		}
	}
	return all
}

// ours is the same from this package.
func ours(t *testing.T, c *Config, texts map[string]string) answer {
	t.Helper()
	var a answer
	for line := range strings.Lines(referenceText(c)) {
		a.config = append(a.config, strings.TrimSuffix(line, "\n"))
	}
	for _, w := range c.Warnings {
		_, word, _ := strings.Cut(w.Text, "'")
		word = strings.TrimSuffix(word, "'")
		if name, ok := strings.CutPrefix(w.Text, "command "); ok {
			name, _, _ = strings.Cut(name, " ")
			a.warnings = append(a.warnings, w.File+" "+name)
		} else if w.Line == 0 {
			a.warnings = append(a.warnings, w.File+" "+modname.Normalize(word))
		} else if word != "weakdep" {
			a.warnings = append(a.warnings, fmt.Sprintf("%s line %d %s", w.File, lastLine(texts[w.File], w.Line), word))
		}
	}
	return a
}

// referenceText writes a configuration the way the reference does, flaws
// included.
func referenceText(c *Config) string {
	var b strings.Builder
	for _, l := range c.Blacklists {
		fmt.Fprintf(&b, "blacklist %s\n", l.Module)
	}
	for _, i := range c.Installs {
		fmt.Fprintf(&b, "install %s %s\n", i.Module, i.Text)
	}
	for _, r := range c.Removes {
		fmt.Fprintf(&b, "remove %s %s\n", r.Module, r.Text)
	}
	for _, a := range c.Aliases {
		fmt.Fprintf(&b, "alias %s %s\n", a.Pattern, a.Module)
	}
	for _, o := range c.Options {
		fmt.Fprintf(&b, "options %s %s\n", o.Module, o.Params)
	}
	for _, s := range c.Softdeps {
		fmt.Fprintf(&b, "softdep %s ", s.Module)
		if len(s.Pre) > 0 {
			fmt.Fprintf(&b, "pre: %s", strings.Join(s.Pre, " "))
		}
		if len(s.Post) > 0 {
			fmt.Fprintf(&b, "post: %s", strings.Join(s.Post, " "))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// lastLine is the number of the last line of the statement that begins at one.
func lastLine(text string, line int) int {
	lines := strings.Split(text, "\n")
	for line < len(lines) {
		l := lines[line-1]
		if backslashes := len(l) - len(strings.TrimRight(l, `\`)); backslashes%2 == 0 {
			return line
		}
		line++
	}
	return line
}

func compare(t *testing.T, got, want answer, texts map[string]string) {
	t.Helper()
	if slices.Equal(got.config, want.config) && slices.Equal(got.warnings, want.warnings) {
		return
	}
	t.Errorf("of %q\ngot\n%q\n%q\nwant\n%q\n%q", texts, got.config, got.warnings, want.config, want.warnings)
}

// TestReference compares random configurations.
func TestReference(t *testing.T) {
	command := []string{kmodref.Tool(t, "modprobe")}
	cmdline, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		kmodref.Absent(t, "the reference's kernel command line is unknown: "+err.Error())
	}
	g, statements := newGenerator(1), 0
	for n := range rounds(600) {
		root := t.TempDir()
		texts, dirs := g.dirs(t, root)
		src := Sources{FS: os.DirFS(root), Prefix: root + "/", Dirs: dirs, ModuleDir: "lib/modules/1", Cmdline: string(cmdline)}
		c := Read(src)
		places := make([]string, len(dirs))
		for i, dir := range dirs {
			places[i] = filepath.Join(root, dir)
		}
		want := reference(t, command, root, places...)
		compare(t, ours(t, c, texts), want, texts)

		// WriteTo's output means the same to the reference.
		written := filepath.Join(root, "written")
		src.Cmdline = ""
		writeFile(t, written, text(t, Read(src)))
		if err := os.RemoveAll(filepath.Join(root, "lib/modules/1/modules.softdep")); err != nil {
			t.Fatal(err)
		}
		again := reference(t, command, root, written)
		if !slices.Equal(again.config, want.config) || len(again.warnings) > 0 {
			t.Errorf("of %q the reference reads back\n%q\n%q\nwant\n%q", texts, again.config, again.warnings, want.config)
		}
		statements += len(want.config) + len(want.warnings)
		if t.Failed() {
			t.Fatalf("configuration %d", n)
		}
	}
	if statements < rounds(600)*5 {
		t.Errorf("only %d statements", statements)
	}
}

// rounds is the number of random cases.
func rounds(n int) int {
	if testing.Short() {
		return n / 20
	}
	return n
}

// TestReferenceCmdline compares random kernel command lines.
func TestReferenceCmdline(t *testing.T) {
	tool := kmodref.Tool(t, "modprobe")
	root := t.TempDir()
	fake := filepath.Join(root, "cmdline")
	writeFile(t, fake, "probe.works=1\n")
	writeFile(t, filepath.Join(root, "lib/modules/1/modules.softdep"), "")
	command := withCmdline(t, tool, fake)
	g := newGenerator(2)
	for range rounds(500) {
		cmdline := g.cmdline()
		writeFile(t, fake, cmdline)
		got := ours(t, Read(Sources{Cmdline: cmdline}), nil)
		want := reference(t, command, root, filepath.Join(root, "none"))
		want.config = mendCmdline(want.config)
		compare(t, got, want, map[string]string{"cmdline": cmdline})
		if t.Failed() {
			return
		}
	}
}

// noName finds options without a module or a parameter.
var noName = regexp.MustCompile(`^options (\S* |\S+ =.*)$|^options  `)

// mendCmdline corrects the reference's lines.
func mendCmdline(lines []string) []string {
	var mended []string
	for _, line := range lines {
		if names, ok := strings.CutPrefix(line, "blacklist "); ok {
			for _, name := range strings.Fields(strings.ReplaceAll(names, `"`, " ")) {
				mended = append(mended, "blacklist "+modname.Normalize(name))
			}
		} else if !noName.MatchString(line) {
			mended = append(mended, line)
		}
	}
	return mended
}

// withCmdline returns a command that runs the tool with a file in place of
// /proc/cmdline: in a mount namespace, with or without one for users.
func withCmdline(t *testing.T, tool, file string) []string {
	t.Helper()
	for _, flags := range []string{"--mount", "--mount --map-root-user"} {
		command := append(append([]string{"unshare"}, strings.Fields(flags)...),
			"sh", "-c", `mount --bind "$0" /proc/cmdline && exec "$@"`, file)
		show := append(slices.Clone(command), "cat", "/proc/cmdline")
		out, err := exec.Command(show[0], show[1:]...).Output()
		if want, _ := os.ReadFile(file); err == nil && bytes.Equal(out, want) {
			return append(command, tool)
		}
	}
	kmodref.Absent(t, "a file cannot be mounted over /proc/cmdline here")
	return nil
}
