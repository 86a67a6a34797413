// Package terminal writes text that may hold what strangers wrote to terminals: names
// of files, fields of modules, arguments. A terminal obeys control characters, so a
// module's description could hide lines, change the title of the window, or have text
// typed into the shell. What goes to a file or a pipe stays as it is.
package terminal

import (
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// Output returns what text for a file is to be written to: the file itself or, where
// that is a terminal, a [Writer] to it.
func Output(f *os.File) io.Writer {
	if term.IsTerminal(int(f.Fd())) {
		return NewWriter(f)
	}
	return f
}

// Writer makes what it writes harmless for a terminal that takes UTF-8: besides line
// ends and tabs, what is not a graphic character is written as in Go's strings, as
// \x1b, \u009b or \r, and so are bytes that are not UTF-8. It is safe for concurrent
// use.
type Writer struct {
	mu   sync.Mutex
	w    io.Writer
	tail []byte // the beginning of a character, of which the rest is to come
	out  []byte
}

// NewWriter returns a Writer to a terminal.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// writeSize is how much is made harmless at once.
const writeSize = 4 << 10

// Write implements io.Writer. A character that is cut off is written with the rest of
// it, or not at all where nothing follows.
func (w *Writer) Write(p []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n < len(p) && err == nil {
		part := p[n:min(n+writeSize, len(p))]
		n += len(part)
		w.add(part)
		_, err = w.w.Write(w.out)
	}
	if err != nil {
		return 0, err
	}
	return n, nil
}

// add replaces w.out by what is to be written for text.
func (w *Writer) add(text []byte) {
	text = append(w.tail, text...)
	w.out = w.out[:0]
	for len(text) > 0 && utf8.FullRune(text) {
		r, size := utf8.DecodeRune(text)
		w.out = appendHarmless(w.out, r, text[:size])
		text = text[size:]
	}
	w.tail = append(w.tail[:0], text...)
}

// appendHarmless adds a character, which is utf8.RuneError for a byte that is not
// part of one.
func appendHarmless(out []byte, r rune, text []byte) []byte {
	switch {
	case r == utf8.RuneError && len(text) == 1:
		const digits = "0123456789abcdef"
		return append(out, '\\', 'x', digits[text[0]>>4], digits[text[0]&15])
	case r == '\n' || r == '\t' || unicode.IsGraphic(r):
		return append(out, text...)
	}
	return append(out, strings.Trim(strconv.QuoteRune(r), "'")...)
}

// Draw writes control characters that are meant for the terminal.
func (w *Writer) Draw(s string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	io.WriteString(w.w, s)
}

// continuation begins the lines of a text but for the first.
const continuation = "\t\t"

// Indent returns a text whose lines but the first begin with two tabs, so that none
// of them can pass for a line of its own.
func Indent(text string) string {
	if !strings.Contains(text, "\n") {
		return text
	}
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
			if !strings.HasPrefix(line, continuation) {
				b.WriteString(continuation)
			}
		}
		b.WriteString(line)
	}
	return b.String()
}
