package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// generator writes random configuration.
type generator struct {
	*rand.Rand
	lab     *labTree
	softdep map[string]bool // modules that have a line, nil for any number
	names   []string        // that it has mentioned

	commands int
}

// write makes the directories of a configuration and returns them.
func (g *generator) write(t *testing.T, root string) []string {
	t.Helper()
	var dirs []string
	for i := range 1 + g.IntN(3)/2*g.IntN(2) + g.IntN(2) {
		dir := filepath.Join(root, fmt.Sprintf("conf%d", i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for range 1 + g.IntN(3) {
			name := pick(g.Rand, "10-a.conf", "20-b.conf", "b.conf", "A.conf", "note.txt", ".hidden.conf", "modules.softdep.conf")
			if err := os.WriteFile(filepath.Join(dir, name), []byte(g.text(2+g.IntN(9))), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

// text is a file with the given number of lines.
func (g *generator) text(lines int) string {
	var b strings.Builder
	for i := range lines {
		b.WriteString(g.line())
		if i < lines-1 || g.IntN(8) > 0 || strings.HasSuffix(b.String(), `\`) { // where the reference reads a byte 255
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// line is a statement or something that looks like one.
func (g *generator) line() string {
	switch n := g.IntN(100); {
	case n < 24:
		return g.words("alias", g.pattern(), g.target()) + g.rarely(" more words")
	case n < 32:
		return g.words("blacklist", g.module()) + g.rarely(" more")
	case n < 50:
		return g.words("options", g.target()) + g.space() + g.params()
	case n < 57:
		return g.words("install", g.target()) + g.space() + g.command()
	case n < 61:
		return g.words("remove", g.target()) + g.space() + g.command()
	case n < 78:
		return g.softdepLine()
	case n < 81:
		return g.words("weakdep", g.module(), g.target())
	case n < 86:
		return pick(g.Rand, "#", "# x", "#alias a b", "##\\\nalias al1 "+g.module(), " # x", "\t#", "# \\\\")
	case n < 91:
		return pick(g.Rand, "", " ", "\t ", "\\\n", "\\", " \\\n ")
	case n < 93:
		return pick(g.Rand, "include x", "config y", "include", "config\tz z")
	}
	return g.bad()
}

// bad is an invalid line.
func (g *generator) bad() string {
	return pick(g.Rand, "bogus x", "alias", "alias a", "alias a[ b", "alias a b]", "options", "options a", "options a ",
		"install x", "install x ", "blacklist", "blacklist a]", "remove", "softdep", "softdep a", "Alias a b", "softdep a ",
		"options [ x=1", "aliasa b c", "\"alias\" a b", "alias,a b", "options a]b x=1", "remove a", "softdep x] pre: a")
}

// softdepLine is a softdep, for a module that has none yet unless several are
// allowed.
func (g *generator) softdepLine() string {
	module := g.module()
	name := strings.ReplaceAll(module, "-", "_")
	if g.softdep != nil {
		if g.softdep[name] {
			return g.words("blacklist", module)
		}
		g.softdep[name] = true
	}
	// Of two blanks after the module, the reference takes the second for the
	// beginning of a word, and ignores a keyword that follows. A keyword that
	// is repeated after the other one gets the words in between too.
	begin := g.words("softdep", module)
	words := []string{}
	for _, keyword := range pick(g.Rand, []string{"pre:"}, []string{"post:"}, []string{"pre:", "post:"}, []string{"post:", "pre:"},
		[]string{"pre:", "pre:", "post:", "post:"}) {
		words = append(words, keyword)
		for range g.IntN(4) {
			words = append(words, g.target())
		}
	}
	return strings.TrimRight(begin, " ") + pick(g.Rand, " ", "\t", "\\\n ") + strings.TrimLeft(g.words(words...), " \t")
}

// words joins words with white space and backslashes, without changing the
// meaning of the line.
func (g *generator) words(words ...string) string {
	var b strings.Builder
	b.WriteString(g.rarely(" ") + g.rarely("\t"))
	for i, word := range words {
		if i > 0 {
			b.WriteString(g.space())
		}
		for j := range len(word) {
			b.WriteString(g.nth(150, "\\\n") + g.nth(200, "\\"))
			b.WriteByte(word[j])
		}
	}
	return b.String() + g.rarely(" ")
}

// nth is s one time out of n.
func (g *generator) nth(n int, s string) string {
	if g.IntN(n) == 0 {
		return s
	}
	return ""
}

func (g *generator) rarely(s string) string { return g.nth(12, s) }

func (g *generator) space() string {
	return pick(g.Rand, " ", " ", " ", " ", "  ", "\t", " \t", " \\\n", "\\\n\t", "   ")
}

// module is the name of a module, in any spelling.
func (g *generator) module() string {
	name := pick(g.Rand, g.lab.modules...)
	switch g.IntN(12) {
	case 0:
		name = pick(g.Rand, g.lab.builtin...)
	case 1:
		name = pick(g.Rand, "missing", "nosuch-module", "al1", "al-2")
	}
	if g.IntN(3) == 0 {
		name = strings.ReplaceAll(name, "_", "-")
	}
	return g.mention(name)
}

func (g *generator) mention(name string) string {
	g.names = append(g.names, name)
	return name
}

// target is a module or an alias.
func (g *generator) target() string {
	switch g.IntN(8) {
	case 0:
		return g.mention(pick(g.Rand, "al1", "al2", "al-3", "bus:x1", "al_4"))
	case 1:
		return g.mention(instance(g.Rand, pick(g.Rand, g.lab.aliases...)))
	}
	return g.module()
}

// pattern is a pattern for an alias line.
func (g *generator) pattern() string {
	switch g.IntN(8) {
	case 0:
		return pick(g.Rand, "al*", "al?", "al[1-3]", "a*1", "bus:x*", "bus:*", "al[!1]", "al[_-3]*", "[a-b]l1", "al[12][34]*", "?l1", "al-*")
	case 1:
		return g.module()
	case 2:
		pattern := pick(g.Rand, g.lab.aliases...)
		g.mention(instance(g.Rand, pattern))
		return pattern
	}
	return g.mention(pick(g.Rand, "al1", "al2", "al-3", "al_4", "al12", "bus:x1", "AL1", "al.5"))
}

func (g *generator) params() string {
	return pick(g.Rand, "a=1", "b", "who=\"x y\"", "a=1  b=2", "t=1\tu=2", "c=3 \\\n d=4", "q=\\\\", "e='x'", "#x", "f=1 ", "$CMDLINE_OPTS")
}

func (g *generator) command() string {
	g.commands++ // so that each can be told from the others
	return fmt.Sprint(pick(g.Rand, "echo", "a  b\t", "\\\\n", "x \\\n y"), g.commands, " ") + pick(g.Rand, "/bin/true", "echo hi $CMDLINE_OPTS", "/sbin/modprobe x; y", "a  b\tc", "x \\\n y", "echo \\\\n", ":", "true # x")
}

// query is a name to ask for.
func (g *generator) query() string {
	switch g.IntN(10) {
	case 0:
		return pick(g.Rand, "missing", "nosuch-module", "al[1", "]", "a[b]", "AL1", "al1x", "", "al*", "symbol:none", "symbol:al1", "M_A")
	case 1:
		return instance(g.Rand, pick(g.Rand, g.lab.aliases...))
	case 2, 3, 4:
		if len(g.names) > 0 {
			return pick(g.Rand, g.names...)
		}
	case 5:
		return pick(g.Rand, "al1", "al2", "al-3", "al_4", "bus:x12")
	}
	return g.module()
}
