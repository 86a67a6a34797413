package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// screen shows the steps: a heading, the call or command, and its result.
type screen struct{ w io.Writer }

// heading starts a step.
func (s *screen) heading(format string, args ...any) {
	fmt.Fprintf(s.w, "\n== "+format+"\n", args...)
}

// command shows a command line that is about to run.
func (s *screen) command(words ...string) {
	fmt.Fprintf(s.w, "$ %s\n", strings.Join(words, " "))
}

// call shows a Go call that is about to be made.
func (s *screen) call(format string, args ...any) {
	fmt.Fprintf(s.w, "> "+format+"\n", args...)
}

// show prints a line of a step's result.
func (s *screen) show(format string, args ...any) {
	fmt.Fprintf(s.w, "  "+format+"\n", args...)
}

// output returns a writer that shows the output of a command, line by line as
// it arrives.
func (s *screen) output() io.Writer { return &indenter{w: s.w} }

// indenter indents the lines written to it. What follows a carriage return
// counts as a line of its own. A character that is cut off is written with its rest.
type indenter struct {
	w      io.Writer
	inLine bool
	cut    []byte
}

func (i *indenter) Write(p []byte) (int, error) {
	text := append(i.cut, p...)
	n := whole(text)
	i.cut = bytes.Clone(text[n:])
	var out bytes.Buffer
	for _, c := range text[:n] {
		if c == '\r' {
			c = '\n'
		}
		switch {
		case c == '\n' && !i.inLine:
			continue
		case !i.inLine:
			out.WriteString("  ")
		}
		out.WriteByte(c)
		i.inLine = c != '\n'
	}
	if _, err := i.w.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// whole is how many bytes of a text there are before a character that is cut off.
func whole(text []byte) int {
	for n := len(text) - 1; n >= 0 && n > len(text)-utf8.UTFMax; n-- {
		if utf8.RuneStart(text[n]) && !utf8.FullRune(text[n:]) {
			return n
		}
	}
	return len(text)
}

// seconds gives a duration with one decimal.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%.1f s", d.Seconds())
}
