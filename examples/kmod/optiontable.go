package main

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// options are the options of a tool, as its getopt reads them.
type options struct {
	short string
	long  []longOption
}

// optionsOf returns the options of the tool that argv calls, "modprobe" or "kmod graph",
// by starting it: there is no second list that could differ. Without options, short is
// empty.
func optionsOf(argv ...string) *options {
	table := &options{}
	quiet(argv, io.Discard, table).run()
	return table
}

// usageOf returns the help of the tool that argv calls.
func usageOf(argv ...string) string {
	var out bytes.Buffer
	quiet(append(argv[:len(argv):len(argv)], "--help"), &out, nil).run()
	return out.String()
}

// quiet is a call of a tool without an environment, messages and a kernel.
func quiet(argv []string, out io.Writer, table *options) *command {
	return &command{
		argv: argv, stdout: bufio.NewWriter(out), stderr: io.Discard,
		getenv: func(string) string { return "" }, table: table,
	}
}

// letters are the short options.
func (o *options) letters() (all []rune) {
	for _, letter := range o.short {
		if letter != ':' && letter != '+' {
			all = append(all, letter)
		}
	}
	return all
}

// takesValue reports whether a short option takes a value.
func (o *options) takesValue(letter rune) bool {
	_, rest, _ := strings.Cut(o.short, string(letter))
	return strings.HasPrefix(rest, ":")
}

// name is the long form of the option with that key and a value, "" if there is none.
func (o *options) name(key rune) string {
	for _, opt := range o.long {
		if opt.key == key && opt.value {
			return opt.name
		}
	}
	return ""
}

// named is something that a help text explains.
type named struct{ name, text string }

// explained returns the options that a help text explains, as "-n" and "--dry-run".
func explained(usage string) (all []named) {
	same := 0 // how many options the text at hand is about
	for line := range strings.Lines(usage) {
		words := strings.TrimSpace(line)
		switch {
		case words == "" || line[0] != '\t':
			same = 0
		case words[0] == '-':
			names, text, _ := strings.Cut(words, "  ")
			same = 0
			for name := range strings.SplitSeq(names, ", ") {
				name, _, _ = strings.Cut(name, "=")
				all = append(all, named{name, strings.TrimSpace(text)})
				same++
			}
		default:
			for i := len(all) - same; i < len(all); i++ {
				all[i].text += " " + words
			}
		}
	}
	return all
}
