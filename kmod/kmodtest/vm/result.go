package vm

import (
	"bytes"
	"encoding/json"
	"time"
)

// Result is what a guest left that ran to its end.
type Result struct {
	// Output is the program's output, both streams in one.
	Output []byte
	// Log is the kernel log, from the console.
	Log []byte
	// ExitCode is the program's exit status, or 128 plus the signal's number if
	// a signal ended it.
	ExitCode int
	// Duration is the time from the start of QEMU to its end.
	Duration time.Duration
}

// splitResult splits the data from the result port into the program's output
// and the outcome. It reports false if the result line is missing or
// incomplete.
func splitResult(raw []byte, token string) (output []byte, o outcome, ok bool) {
	text := untty(raw)
	at := bytes.LastIndex(text, []byte("\n"+token+" "))
	if at < 0 {
		return text, outcome{}, false
	}
	line, _, whole := bytes.Cut(text[at+len(token)+2:], []byte("\n"))
	if !whole || json.Unmarshal(line, &o) != nil {
		return text, outcome{}, false
	}
	return text[:at], o, true
}

// untty undoes what a terminal does to output: it adds a carriage return before
// each newline.
func untty(raw []byte) []byte {
	return bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
}
