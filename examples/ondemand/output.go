package main

import (
	"io"
	"os"
	"strconv"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// output returns the writer for text to a file: the file itself or, if it is a
// terminal, a writer that keeps untrusted text from controlling it.
func output(f *os.File) io.Writer {
	if term.IsTerminal(int(f.Fd())) {
		return harmless{f}
	}
	return f
}

// harmless writes text to a terminal. A terminal obeys control characters, which names
// of files, aliases of devices and arguments may contain: except for line ends and
// tabs, characters that are not graphic are written as in Go's strings, as \x1b or
// \u009b, and so are bytes that are not UTF-8. Each call writes whole characters.
type harmless struct{ w io.Writer }

func (h harmless) Write(text []byte) (int, error) {
	if _, err := h.w.Write(escape(text)); err != nil {
		return 0, err
	}
	return len(text), nil
}

func escape(text []byte) []byte {
	var out []byte
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		invalid := r == utf8.RuneError && size == 1
		if !invalid && (r == '\n' || r == '\t' || unicode.IsGraphic(r)) {
			out = append(out, text[:size]...)
		} else {
			quoted := strconv.Quote(string(text[:size]))
			out = append(out, quoted[1:len(quoted)-1]...)
		}
		text = text[size:]
	}
	return out
}
