// Package terminal writes untrusted text to terminals: names of files, fields of
// modules, arguments. A terminal obeys control characters, so a module's description
// could hide lines, change the title of the window, or have text typed into the
// shell. Output to a file or a pipe is unchanged.
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

// Output returns the writer for text to a file: the file itself or, if it is a
// terminal, a [Writer] to it.
func Output(f *os.File) io.Writer {
	if term.IsTerminal(int(f.Fd())) {
		return NewWriter(f)
	}
	return f
}

// Writer makes text harmless for a UTF-8 terminal: except for line ends and tabs,
// characters that are not graphic are written as in Go's strings, as \x1b, \u009b or
// \r, and so are bytes that are not UTF-8. It is safe for concurrent use.
type Writer struct {
	mu   sync.Mutex
	w    io.Writer
	tail []byte // the beginning of a character whose rest is yet to come
	out  []byte
}

// NewWriter returns a Writer to a terminal.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// writeSize is how many bytes are made harmless at once.
const writeSize = 4 << 10

// Write implements io.Writer. A character that is cut off is written when its rest
// arrives.
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

// add replaces w.out by the harmless form of text.
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

// continuation begins each line of a text but the first.
const continuation = "\t\t"

// Indent returns a text in which all lines but the first begin with two tabs, so
// that none of them can pass for an entry of its own.
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
