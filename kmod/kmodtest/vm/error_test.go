package vm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestFindPanic(t *testing.T) {
	tests := []struct{ name, log, want string }{
		{"none", "[ 1.0] all is well\n", ""},
		{"line", "[ 1.0] x\n[ 2.0] Kernel panic - not syncing: VFS: no root\n[ 2.1] CPU: 0\n",
			"Kernel panic - not syncing: VFS: no root"},
		{"first of two", "Kernel panic - not syncing: A\r\n---[ end Kernel panic - not syncing: A ]---\n",
			"Kernel panic - not syncing: A"},
		{"cut off", "Kernel panic - not syncing", "Kernel panic - not syncing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := findPanic([]byte(test.log)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhyNoResult(t *testing.T) {
	late := fmt.Errorf("killed: %w", context.DeadlineExceeded)
	tests := []struct {
		name           string
		said, panicked string
		runErr         error
		want           error
	}{
		{"program not started", "no such file", "", nil, ErrNoResult},
		{"panic", "", "Kernel panic", nil, ErrPanic},
		{"panic that also hangs", "", "Kernel panic", late, ErrPanic},
		{"too late", "", "", late, context.DeadlineExceeded},
		{"cancelled", "", "", context.Canceled, context.Canceled},
		{"QEMU fails", "", "", errors.New("exit status 1"), ErrNoResult},
		{"reset", "", "", nil, ErrNoResult},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := whyNoResult(test.said, test.panicked, test.runErr); !errors.Is(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestGuestErrorShowsLogs(t *testing.T) {
	err := &GuestError{
		Release: "1.2.3",
		Err:     ErrPanic,
		Panic:   "Kernel panic - not syncing: x",
		Output:  []byte("said\n"),
		Log:     []byte(strings.Repeat("early\n", 100) + "late\n"),
	}
	text := err.Error()
	first, _, _ := strings.Cut(text, "\n")
	if first != "vm: run kernel 1.2.3: the guest kernel panicked (Kernel panic - not syncing: x)" {
		t.Errorf("first line %q", first)
	}
	if !strings.Contains(text, "\nsaid\n") || !strings.HasSuffix(text, "early\nlate") {
		t.Errorf("logs are not shown: %s", text)
	}
	if n := strings.Count(text, "early"); n != logTail-1 {
		t.Errorf("%d lines of log, want %d", n, logTail-1)
	}
}

func TestTail(t *testing.T) {
	tests := []struct {
		text string
		n    int
		want string
	}{
		{"", 3, ""},
		{"a", 3, "a"},
		{"a\nb\nc\n", 2, "b\nc"},
		{"a\nb\nc\n", 3, "a\nb\nc"},
		{"a\nb\nc\n", 9, "a\nb\nc"},
		{"\na", 9, "\na"},
	}
	for _, test := range tests {
		if got := tail([]byte(test.text), test.n); string(got) != test.want {
			t.Errorf("last %d lines of %q: %q, want %q", test.n, test.text, got, test.want)
		}
	}
}

// TestDiedEarly: a panic counts as the emulator's only before the program has
// started.
func TestDiedEarly(t *testing.T) {
	const init = "[    1.0] Run /init as init process\n"
	for _, test := range []struct {
		err  error
		want bool
	}{
		{&GuestError{Err: ErrPanic, Log: []byte("[    0.5] Kernel panic\n")}, true},
		{&GuestError{Err: ErrPanic, Log: []byte(init + "[    1.5] Kernel panic\n")}, false},
		{&GuestError{Err: ErrNoResult}, false},
		{ErrPanic, false},
		{nil, false},
	} {
		if got := diedEarly(test.err); got != test.want {
			t.Errorf("%v: %v", test.err, got)
		}
	}
}
