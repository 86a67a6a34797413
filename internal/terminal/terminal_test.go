package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// written returns what a Writer writes for pieces of text.
func written(t *testing.T, pieces ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, piece := range pieces {
		if n, err := io.WriteString(w, piece); n != len(piece) || err != nil {
			t.Errorf("%d of %d bytes of %q were written: %v", n, len(piece), piece, err)
		}
	}
	return b.String()
}

// tests are texts, with the bytes that a terminal gets for them.
var tests = map[string]string{
	"":                          "",
	"line\n\tcolumn\n":          "line\n\tcolumn\n",
	"é ß 漢 \u00a0 🐧 \ufffd":     "é ß 漢 \u00a0 🐧 \ufffd",
	`back\slash "and" 'quotes'`: `back\slash "and" 'quotes'`,
	"\x1b[2J\x1b]0;title\a":     `\x1b[2J\x1b]0;title\a`,
	"all is well\rERROR":        `all is well\rERROR`,
	"\x00\b\v\f\x0e\x7f'":       `\x00\b\v\f\x0e\x7f'`,
	"\u0080\u0085\u009b\u009f":  `\u0080\u0085\u009b\u009f`,
	"\x80\x9b31m\x9f\xc3(\xff":  `\x80\x9b31m\x9f\xc3(\xff`,
	"\xed\xa0\x80\xc0\x9b":      `\xed\xa0\x80\xc0\x9b`, // half a pair, and ESC in too many bytes
	"right\u202eto left\u2028":  `right\u202eto left\u2028`,
	"\U000e0041\ufeff\u200b":    `\U000e0041\ufeff\u200b`,
}

func TestWriter(t *testing.T) {
	for text, want := range tests {
		if got := written(t, text, "."); got != want+"." {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
		// The same text, one byte at a time.
		var bytewise []string
		for i := range len(text) {
			bytewise = append(bytewise, text[i:i+1])
			if got := written(t, text[:i], "", text[i:], "."); got != want+"." {
				t.Errorf("%q, cut at %d, gives %q, want %q", text, i, got, want)
			}
		}
		if got := written(t, append(bytewise, ".")...); got != want+"." {
			t.Errorf("%q, byte by byte, gives %q, want %q", text, got, want)
		}
	}
}

// TestWriterLong: characters stay whole where a long text is split.
func TestWriterLong(t *testing.T) {
	for lead := range utf8.UTFMax {
		text := strings.Repeat("x", lead) + strings.Repeat("🐧", 3*writeSize/4) + "\x1b\n"
		if got, want := written(t, text), strings.ReplaceAll(text, "\x1b", `\x1b`); got != want {
			t.Errorf("%d bytes before: %d bytes became %d", lead, len(text), len(got))
		}
	}
}

// TestWriterError: Write does not claim bytes that were not written.
func TestWriterError(t *testing.T) {
	failing := errors.New("it fails")
	if n, err := NewWriter(iotest.TruncateWriter(errWriter{failing}, 0)).Write(nil); n != 0 || err != nil {
		t.Errorf("nothing at all: %d, %v", n, err)
	}
	if n, err := NewWriter(errWriter{failing}).Write(make([]byte, 3*writeSize)); n != 0 || err != failing {
		t.Errorf("%d, %v", n, err)
	}
}

type errWriter struct{ error }

func (w errWriter) Write([]byte) (int, error) { return 0, w.error }

// TestWriterTogether: lines that are written concurrently stay whole.
func TestWriterTogether(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 50 {
				fmt.Fprintf(w, "é\x1b%d\n", i)
			}
		})
	}
	all.Wait()
	for line := range strings.Lines(b.String()) {
		if len(line) != len(`é\x1b0`+"\n") || !strings.HasPrefix(line, `é\x1b`) {
			t.Fatalf("a line is %q", line)
		}
	}
}

func TestDraw(t *testing.T) {
	var b bytes.Buffer
	NewWriter(&b).Draw("\r\x1b[K")
	if b.String() != "\r\x1b[K" {
		t.Errorf("drawn was %q", b.String())
	}
}

// TestOutput: files and pipes get every byte unchanged.
func TestOutput(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, f := range []*os.File{f, w} {
		if got := Output(f); got != io.Writer(f) {
			t.Errorf("%s is written to through a %T", f.Name(), got)
		}
	}
}

func TestIndent(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a": "a", "a\nb": "a\n\t\tb", "a\n": "a\n\t\t", "\n\nsigner: me": "\n\t\t\n\t\tsigner: me",
		"AA:\n\t\tBB": "AA:\n\t\tBB", "a\n\tb": "a\n\t\t\tb",
	} {
		if got := Indent(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

// FuzzWriter: only graphic characters, line ends and tabs come out, no byte grows
// beyond the longest escape, and where a text is split does not matter.
func FuzzWriter(f *testing.F) {
	for text := range tests {
		f.Add([]byte(text), len(text)/2)
	}
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		at = max(0, min(at, len(text)))
		got := written(t, string(text), ".")
		if cut := written(t, string(text[:at]), string(text[at:]), "."); cut != got {
			t.Errorf("%q, cut at %d, gives %q, want %q", text, at, cut, got)
		}
		if len(got) > len(`\x00`)*len(text)+1 {
			t.Errorf("%d bytes gave %d", len(text), len(got))
		}
		for i, r := range got {
			if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError &&
				got[i] != "\ufffd"[0] {
				t.Errorf("%q gives %q", text, got)
			}
		}
	})
}
