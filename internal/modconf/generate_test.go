package modconf

import (
	"fmt"
	"math/rand/v2"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// generator makes up configurations.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 7))} }

// pick returns one of the words.
func (g generator) pick(words ...string) string { return words[g.IntN(len(words))] }

// often is true in n of 100 cases.
func (g generator) often(n int) bool { return g.IntN(100) < n }

// dirs writes up to three directories and perhaps a single file, and returns
// the texts by full name and the places by precedence.
func (g generator) dirs(t testing.TB, root string) (texts map[string]string, places []string) {
	t.Helper()
	texts = map[string]string{}
	write := func(name, text string) {
		full := filepath.Join(root, name)
		texts[full] = text
		writeFile(t, full, text)
	}
	for i := range 1 + g.IntN(3) {
		dir := fmt.Sprintf("dir%d", i)
		writeFile(t, filepath.Join(root, dir, "README"), "bogus\n")
		for range g.IntN(4) {
			write(path.Join(dir, g.fileName()), g.text())
		}
		places = append(places, dir)
	}
	g.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	if g.often(20) {
		name := path.Join("single", g.pick("a.conf", "zz.conf", "x.cfg", ".hidden"))
		write(name, g.text())
		places = append([]string{name}, places...)
	}
	writeFile(t, filepath.Join(root, "lib/modules/1/modules.order"), "")
	if g.often(70) {
		write("lib/modules/1/modules.softdep", "# Soft dependencies\n"+g.text())
	}
	return texts, places
}

func (g generator) fileName() string {
	return g.pick("a.conf", "b.conf", "10-x.conf", "modules.conf", "modules.softdep", "modules.softdep.conf",
		"modules.t.conf", "Z.conf", ".hidden.conf", "a.conf.bak", "zz.conf", "~.conf", "\xc3\xa9.conf", ".conf", "x.CONF")
}

func (g generator) text() string {
	var b strings.Builder
	for range g.IntN(10) {
		b.WriteString(g.line())
		b.WriteByte('\n')
	}
	if g.often(20) {
		b.WriteString(strings.TrimRight(g.line(), `\`))
	}
	return b.String()
}

// line makes a statement, sometimes a damaged one.
func (g generator) line() string {
	line := g.statement()
	noise := []string{"\\", `\\`, "#", "\n", "\x00", "-", "[", "]", ":", `"`, "\xc3", "\x01"}
	if !strings.HasPrefix(line, "softdep") {
		noise = append(noise, " ", "\t", "  ", "\v", "\\\n", "\\\n\t")
	}
	for g.often(20) {
		at := g.IntN(len(line) + 1)
		line = line[:at] + g.pick(noise...) + line[at:]
	}
	return g.pick("", "", "", "", "", " ", "\t", " \t") + line + g.pick("", "", "", "", " ", "\t", "  ")
}

func (g generator) statement() string {
	switch g.IntN(12) {
	case 0:
		return "alias" + g.blank() + g.name() + g.blank() + g.name()
	case 1:
		return "blacklist" + g.blank() + g.name()
	case 2, 3:
		return "options" + g.blank() + g.name() + g.blank() + g.words()
	case 4:
		return g.pick("install", "remove") + g.blank() + g.name() + g.blank() + g.words()
	case 5, 6:
		return "softdep" + g.blank() + g.name() + g.pick(" ", "\t", "   ", " \\\n") + g.softdep()
	case 7:
		return "weakdep" + g.blank() + g.name() + g.blank() + g.words()
	case 8:
		return g.pick("alias", "blacklist", "options", "install", "softdep", "include", "config", "Alias") + g.pick("", " ", " x", " x y")
	case 9:
		return g.pick("", "", "# "+g.words(), "#", "bogus", "bogus line", "alias off")
	}
	return g.words()
}

func (g generator) blank() string {
	return g.pick(" ", " ", " ", "\t", "  ", " \t ", " \\\n", " \\\n  ")
}

func (g generator) name() string {
	return g.pick("a", "b", "c-d", "c_d", "snd-hda-intel", "e[0-9]-x", "p:*-[a-c]d?", "net-pf-[", "x]", "[a-b]-[c-d]",
		"A", "a.b", "/p/q.ko", `"a`, `back\\slash`, "pre:", "\xc3\xa9", "#")
}

func (g generator) words() string {
	var b strings.Builder
	for range 1 + g.IntN(4) {
		b.WriteString(g.pick("x=1", "y", `z="q r"`, "$CMDLINE_OPTS", "/bin/true;", "&&", "a-b", "#", `\"`, `\\`, "pre:", "-") + g.blank())
	}
	return b.String()
}

// softdep makes only lines that the reference understands: no second separator
// after the module, and no "pre:" after "post:" after "pre:".
func (g generator) softdep() string {
	lists := []string{g.softdepList("pre:"), g.softdepList("post:")}
	g.Shuffle(2, func(i, j int) { lists[i], lists[j] = lists[j], lists[i] })
	return g.pick("", "", "", "junk ") + strings.Join(lists, " ")
}

func (g generator) softdepList(keyword string) string {
	var b strings.Builder
	for range g.IntN(3) {
		b.WriteString(g.pick("", keyword, keyword) + g.pick(" ", " ", "\t", "") + g.pick("m", "n-o", "n_o", "x:", "[a-") + g.pick(" ", "\t", "\v", " \f"))
	}
	return keyword + " " + b.String()
}

// cmdline makes a kernel command line.
func (g generator) cmdline() string {
	var b strings.Builder
	for range g.IntN(6) {
		b.WriteString(g.argument() + g.pick(" ", " ", " ", "  ", "\t"))
	}
	return b.String() + g.pick("\n", "\n", "")
}

func (g generator) argument() string {
	arg := g.pick("a", "b-c", "d_e", "f[0-9]-g", "h[", "usbcore", "-x", "/boot/v", "modprobe") +
		"." + g.pick("p", "q-r", "s_t", "blacklisted") +
		g.pick("", "=1", "=", "=1.2", "=a,b", `="x y"`, `=x"y z"`, `="x"y`, `=""`, "==", `=\`, "=#", `="x""y z"`)
	switch g.IntN(8) {
	case 0:
		arg = g.pick("quiet", "ro", "root=UUID=1-2", "--", "-", "x.y.z=1", "BOOT_IMAGE=/vmlinuz-6.1", `a="b.c=d e"`, "modprobe.blacklist=a,b", "modprobe.blacklist=m")
	case 1:
		arg = `"` + strings.ReplaceAll(arg, `"`, "") + g.pick("", " y", " z.w=1") + `"`
	}
	for g.often(8) {
		at := g.IntN(len(arg) + 1)
		arg = arg[:at] + g.pick(`"`, " ", ".", "=", "\t", `"`) + arg[at:]
	}
	return arg
}
