package terminal

import (
	"io"
	"os"
	"testing"

	"github.com/gokmod/gokmod/internal/test/systest"
)

// TestTerminal writes to a real terminal.
func TestTerminal(t *testing.T) {
	f, seen := systest.Terminal(t)
	w, ok := Output(f).(*Writer)
	if !ok {
		t.Fatal("the terminal is not recognized")
	}
	w.Draw("\r\x1b[K")
	for text := range tests {
		if _, err := io.WriteString(w, text); err != nil {
			t.Error(err)
		}
		if _, err := io.WriteString(w, "\n"); err != nil {
			t.Error(err)
		}
	}
	got := string(seen())
	if want := "\r\x1b[K"; len(got) < 100 || got[:len(want)] != want {
		t.Fatalf("the terminal got %q", got)
	}
	for _, r := range got[len("\r\x1b[K"):] {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
			t.Errorf("the terminal got %q of %q", r, got)
		}
	}
}

// TestDevice: a device that is not a terminal gets every byte unchanged: it may be a
// tape.
func TestDevice(t *testing.T) {
	f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := Output(f); got != io.Writer(f) {
		t.Errorf("%s is written to through a %T", f.Name(), got)
	}
}
