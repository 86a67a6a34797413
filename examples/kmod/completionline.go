package main

import (
	"bufio"
	"io"
	"strings"
)

// cursor marks the end of the last word, which is being completed. No argument can have
// that character.
const cursor = "\x00"

// parsedLine is what the words of an incomplete command line mean to a tool.
type parsedLine struct {
	options  map[rune]bool
	values   map[rune]string // of options, by their keys
	operands []string        // before the cursor
	pending  rune            // option whose value is being completed, 0 for none
	before   string          // of the word, in front of that value: "--dirname="
	inOption bool            // an option is being completed
}

// parseLine reads the arguments of a tool with its own getopt, so that joined flags,
// attached values, abbreviations and "--" mean what they will when the line runs.
func parseLine(table *options, args []string) *parsedLine {
	p := &parsedLine{options: map[rune]bool{}, values: map[rune]string{}, inOption: true}
	last := args[len(args)-1]
	silent := &command{argv: []string{""}, stdout: bufio.NewWriter(io.Discard), stderr: io.Discard}
	marked := append(args[:len(args)-1:len(args)-1], last+cursor)
	g := silent.getopt(table.short, table.long, marked)
	for key := g.next(); key != optEnd; key = g.next() {
		p.options[key] = true
		value, here := strings.CutSuffix(g.value, cursor)
		if here && (value != "" || last == "" || strings.HasSuffix(last, "=")) { // "-C" is complete in itself
			p.pending, p.inOption = key, false
			p.before = strings.TrimSuffix(last, value)
			break
		}
		if g.value != "" {
			p.values[key], g.value = value, ""
		}
	}
	if n := len(g.rest); n > 0 && strings.HasSuffix(g.rest[n-1], cursor) {
		g.rest, p.inOption = g.rest[:n-1], false
	}
	p.operands = g.rest
	return p
}

// shellWords splits a line as a shell does, and removes the quotes. Nothing is expanded:
// variables and commands in it stay as they are. The last word is incomplete, and empty
// behind a space.
func shellWords(line string) []string {
	words, word, begun := []string{}, []byte{}, false
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		ch := line[i]
		escaped := ch == '\\' && i+1 < len(line) && quote != '\''
		switch {
		case escaped && (quote == 0 || strings.IndexByte("\\\"$`", line[i+1]) >= 0):
			i++
			word, begun = append(word, line[i]), true
		case quote != 0 && ch == quote:
			quote = 0
		case quote == 0 && (ch == '"' || ch == '\''):
			quote, begun = ch, true
		case quote == 0 && (ch == ' ' || ch == '\t' || ch == '\n'):
			if begun {
				words = append(words, string(word))
			}
			word, begun = word[:0], false
		default:
			word, begun = append(word, ch), true
		}
	}
	return append(words, string(word))
}

// withoutSettings leaves out the variables before a command, as in "LANG=C modprobe".
func withoutSettings(words []string) []string {
	for len(words) > 0 {
		name, _, set := strings.Cut(words[0], "=")
		if !set || strings.Contains(name, "/") {
			break
		}
		words = words[1:]
	}
	return words
}
