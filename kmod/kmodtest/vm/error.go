package vm

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Ways in which a guest ends without a result. A guest that did not end in time
// matches context.DeadlineExceeded.
var (
	// ErrPanic means that the kernel panicked.
	ErrPanic = errors.New("the guest kernel panicked")
	// ErrNoResult means that the machine ended without a result and without
	// a panic, for example because it was reset or QEMU failed.
	ErrNoResult = errors.New("the guest ended without a result")
)

// GuestError reports a guest that gave no result.
type GuestError struct {
	// Release is the kernel's release.
	Release string
	// Err is ErrPanic, ErrNoResult or the context's error.
	Err error
	// Panic is the kernel's own line about its panic, if any.
	Panic string
	// QEMU is the output of QEMU itself.
	QEMU string
	// Output is the program's output so far.
	Output []byte
	// Log is the kernel log.
	Log []byte
}

// logTail and outputTail are how many lines of each an error shows.
const (
	logTail    = 40
	outputTail = 20
)

// Error gives the reason on the first line, followed by the ends of the
// program's output and of the kernel log.
func (e *GuestError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "vm: run kernel %s: %v", e.Release, e.Err)
	if e.Panic != "" {
		fmt.Fprintf(&b, " (%s)", e.Panic)
	}
	if e.QEMU != "" {
		fmt.Fprintf(&b, "\nqemu: %s", e.QEMU)
	}
	section(&b, "end of the program's output", tail(e.Output, outputTail))
	section(&b, "end of the kernel log", tail(e.Log, logTail))
	return b.String()
}

func (e *GuestError) Unwrap() error { return e.Err }

func section(b *strings.Builder, title string, text []byte) {
	if len(text) > 0 {
		fmt.Fprintf(b, "\n--- %s ---\n%s", title, text)
	}
}

// tail returns the last n lines of a text without its final newline.
func tail(text []byte, n int) []byte {
	text = bytes.TrimRight(text, "\r\n")
	at := len(text)
	for ; n > 0 && at >= 0; n-- {
		at = bytes.LastIndexByte(text[:at], '\n')
	}
	return text[at+1:]
}

// panicMark starts the kernel's line about a panic.
const panicMark = "Kernel panic - not syncing"

// findPanic returns the kernel's line about its panic from a log.
func findPanic(log []byte) string {
	at := bytes.Index(log, []byte(panicMark))
	if at < 0 {
		return ""
	}
	line, _, _ := bytes.Cut(log[at:], []byte("\n"))
	return string(bytes.TrimRight(line, "\r"))
}
