package main

import (
	"io"
	"slices"
	"strings"
	"unicode"
)

// complete is "kmod complete", which is not in the help: it prints what the last word of a
// command line can become, for the completion scripts of shells. It changes nothing, is
// silent about what it cannot read, and prints only words that no shell changes, whatever
// files and modules are called.
//
//	kmod complete bash LINE WORD   the line up to the cursor, and what bash would replace
//	kmod complete zsh WORD ...     the words up to the cursor, without their quotes
//	kmod complete fish WORD ...    the same
//
// The first line says which names of files fit too: words (none), directories, modules
// (files of modules, and directories on the way) or files. For bash, the second is WORD
// without quotes. The others have a candidate each and, but for bash, a tab and a text
// about it.
func (c *command) complete() int {
	if len(c.argv) < 3 || !slices.Contains([]string{"bash", "zsh", "fish"}, c.argv[1]) {
		c.say(levelError, "this prints candidates for bash, zsh and fish; see their completion scripts.")
		return failure
	}
	c.stderr = io.Discard
	shell, words, replaced := c.argv[1], c.argv[2:], ""
	if shell == "bash" {
		words = shellWords(words[0])
		replaced = strings.Join(shellWords(strings.Join(c.argv[3:], " ")), " ")
	}
	q := &completion{c: c, words: withoutSettings(words), files: noFiles}
	if len(q.words) > 1 {
		q.all()
	}
	q.print(shell, replaced)
	return success
}

// completion looks for what the last word of a command line can become.
type completion struct {
	c     *command
	tool  string   // without a path
	argv  []string // calls the tool: "modprobe", or "kmod graph"
	words []string // the tool and its arguments; the last one is incomplete
	word  string   // the last one, or its part after "--name="
	table *options // of the tool
	line  *parsedLine

	files string
	found []named // whole words
}

// What else fits.
const (
	noFiles     = "words"
	directories = "directories"
	moduleNames = "modules"
	anyFile     = "files"
)

// maxCandidates bounds the answer. Distributions have less than half as many modules.
const maxCandidates = 1 << 14

// all finds all candidates.
func (q *completion) all() {
	q.tool = q.words[0][strings.LastIndexByte(q.words[0], '/')+1:]
	q.argv = []string{q.tool}
	q.word = q.words[len(q.words)-1]
	if found := findSubcommand(q.tool); found == nil || found.kind != compat {
		q.tool, q.argv[0] = "kmod", "kmod"
	}
	if q.tool == "kmod" && len(q.words) > 2 && !strings.HasPrefix(q.words[1], "-") {
		q.words = q.words[1:]
		q.tool = q.words[0]
		q.argv = append(q.argv, q.tool)
	}
	q.table = optionsOf(q.argv...)
	q.line = parseLine(q.table, q.words[1:])
	switch {
	case q.line.pending != 0:
		q.optionValue(q.table.name(q.line.pending))
	case q.line.inOption:
		q.optionNames()
	default:
		q.operand()
	}
}

// add adds a candidate if the word can become that, and is an option only where those are
// completed.
func (q *completion) add(name, text string) {
	fits := strings.HasPrefix(name, q.word) && strings.HasPrefix(name, "-") == q.line.inOption
	if fits && isPlainWord(name) && len(q.found) < maxCandidates {
		q.found = append(q.found, named{q.line.before + name, text})
	}
}

// optionNames adds the options of the tool.
func (q *completion) optionNames() {
	texts := map[string]string{}
	for _, opt := range explained(usageOf(q.argv...)) {
		texts[opt.name] = opt.text
	}
	for _, letter := range q.table.letters() {
		q.add("-"+string(letter), texts["-"+string(letter)])
	}
	for _, opt := range q.table.long {
		name := "--" + opt.name
		if opt.value {
			q.add(name+"=", texts[name])
			continue
		}
		q.add(name, texts[name])
	}
}

// operand adds what an argument that is not an option can be.
func (q *completion) operand() {
	switch q.tool {
	case "kmod":
		q.addSubcommands()
	case "modprobe":
		q.modprobeWord()
	case "insmod":
		q.insmodWord()
	case "rmmod":
		q.addLoaded()
	case "modinfo", "graph", "diagnose":
		q.moduleWord(q.tool != "graph")
	case "depmod":
		q.depmodWord()
	case "check", "sign", "verify":
		q.files = moduleNames
	case "exports":
		q.files = anyFile
	case "link":
		q.files = directories
	}
}

func (q *completion) addSubcommands() {
	for _, s := range subcommands() {
		if s.kind != hidden {
			q.add(s.name, s.does)
		}
	}
}

// modprobeWord adds modules to load or to remove, or parameters of the module.
func (q *completion) modprobeWord() {
	given := q.line.options
	switch {
	case given['r']:
		q.addLoaded()
	case given[keyModversions] || given[keyExports]:
		q.files = moduleNames
	case given['a'] || len(q.line.operands) == 0:
		q.moduleWord(false)
	default:
		q.addParams(q.line.operands[0], q.line.operands[1:])
	}
}

// insmodWord adds files, or parameters of the module in the first one.
func (q *completion) insmodWord() {
	if len(q.line.operands) == 0 {
		q.files = moduleNames
		return
	}
	q.addParams(q.line.operands[0], q.line.operands[1:])
}

func (q *completion) depmodWord() {
	if len(q.line.operands) == 0 {
		q.addReleases()
		return
	}
	q.files = moduleNames
}

// moduleWord adds modules of the indexes. Where there are none, and for paths, files can
// be meant.
func (q *completion) moduleWord(builtins bool) {
	if strings.Contains(q.word, "/") || q.word == "~" || strings.HasPrefix(q.word, ".") {
		q.files = moduleNames
		return
	}
	q.addModules(builtins)
	if len(q.found) == 0 {
		q.files = moduleNames
	}
}

// print prints what was found. Bash replaces only the part of the word behind the last of
// COMP_WORDBREAKS, such as "=".
func (q *completion) print(shell, replaced string) {
	out := q.c.stdout
	out.WriteString(q.files + "\n")
	if shell != "bash" {
		for _, candidate := range q.found {
			out.WriteString(candidate.name + "\t" + tamed(candidate.text) + "\n")
		}
		return
	}
	if strings.Contains(replaced, "\n") {
		replaced = "" // no completion of names that are not in one line
	}
	out.WriteString(replaced + "\n")
	kept, ends := strings.CutSuffix(q.words[len(q.words)-1], replaced)
	if !ends {
		kept = ""
	}
	for _, candidate := range q.found {
		out.WriteString(strings.TrimPrefix(candidate.name, kept) + "\n")
	}
}

// isPlainWord reports whether a word means itself in every shell, and is not an option.
func isPlainWord(word string) bool {
	for _, r := range word {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_-.,+@%:/=", r):
		default:
			return false
		}
	}
	return word != ""
}

// maxText is how many characters of a text are shown.
const maxText = 100

// tamed makes a line of a text that a module states.
func tamed(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
			r = ' '
		}
		if n++; n > maxText {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
