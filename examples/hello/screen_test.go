package main

import (
	"io"
	"strings"
	"testing"
)

func TestScreenOutput(t *testing.T) {
	tests := []struct {
		name   string
		writes []string
		want   string
	}{
		{"lines", []string{"a\nb\n"}, "  a\n  b\n"},
		{"lines in parts", []string{"a", "b\n", "c"}, "  ab\n  c"},
		{"progress of one line", []string{"10%\r20%\r", "\nend\n"}, "  10%\n  20%\n  end\n"},
		{"nothing", []string{""}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			out := (&screen{&b}).output()
			for _, text := range test.writes {
				if n, err := io.WriteString(out, text); n != len(text) || err != nil {
					t.Errorf("wrote %d of %d, %v", n, len(text), err)
				}
			}
			if b.String() != test.want {
				t.Errorf("got %q, want %q", b.String(), test.want)
			}
		})
	}
}

// TestScreenOutputCut: what is written has whole characters, since a terminal is written
// to by calls that do not know of each other.
func TestScreenOutputCut(t *testing.T) {
	const text = "aé漢🐧\n"
	for at := range len(text) {
		var b strings.Builder
		out := (&screen{harmless{&b}}).output()
		for _, part := range []string{text[:at], text[at:], "\xff\n"} {
			if n, err := io.WriteString(out, part); n != len(part) || err != nil {
				t.Errorf("wrote %d of %d, %v", n, len(part), err)
			}
		}
		if want := "  " + text + "  \\xff\n"; b.String() != want {
			t.Errorf("cut at %d: got %q, want %q", at, b.String(), want)
		}
	}
}

func TestScreenStep(t *testing.T) {
	var b strings.Builder
	s := &screen{&b}
	s.heading("Step %d", 1)
	s.command("make", "-C", "/x")
	s.call("f(%q)", "a")
	s.show("100%% %s", "done")
	if want := "\n== Step 1\n$ make -C /x\n> f(\"a\")\n  100% done\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
