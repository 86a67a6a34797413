package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		"line\n\tcolumn\n":          "line\n\tcolumn\n",
		"é ß 漢 \u00a0 🐧 \ufffd":     "é ß 漢 \u00a0 🐧 \ufffd",
		`back\slash "and" 'quotes'`: `back\slash "and" 'quotes'`,
		"\x1b[2J\x1b]0;title\a":     `\x1b[2J\x1b]0;title\a`,
		"all is well\rERROR":        `all is well\rERROR`,
		"\x00\b\v\f\x0e\x7f'":       `\x00\b\v\f\x0e\x7f'`,
		"\u0080\u0085\u009b\u009f":  `\u0080\u0085\u009b\u009f`,
		"\x80\x9b31m\x9f\xc3(\xff":  `\x80\x9b31m\x9f\xc3(\xff`,
		"right\u202eto left\u2028":  `right\u202eto left\u2028`,
	} {
		var b bytes.Buffer
		if n, err := (harmless{&b}).Write([]byte(text)); n != len(text) || err != nil || b.String() != want {
			t.Errorf("%q gives %q, %d, %v, want %q", text, b.String(), n, err, want)
		}
	}
	full := errors.New("it is full")
	if n, err := (harmless{failing{full}}).Write([]byte("text")); n != 0 || err != full {
		t.Errorf("failing: %d, %v", n, err)
	}
}

type failing struct{ error }

func (w failing) Write([]byte) (int, error) { return 0, w.error }

// TestOutput: anything but a terminal gets every byte unchanged.
func TestOutput(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got := output(file); got != io.Writer(file) {
		t.Errorf("a file is written to through a %T", got)
	}
}
