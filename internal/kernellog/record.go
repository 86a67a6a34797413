// Package kernellog finds what the kernel's log says about one insert of a module,
// while others log too.
package kernellog

import (
	"strconv"
	"strings"
)

// logRecord is a record of the kernel log.
type logRecord struct {
	text      string // decoded; a newline within it begins another line
	caller    string // T123 for a thread, C0 for a processor; "" if the kernel does not tell
	number    uint64 // in ascending order
	continues bool   // it may continue the previous line
}

// parseRecord reads a record in the form of /dev/kmsg, as dev-kmsg in the
// kernel's ABI documentation describes it:
//
//	6,1234,5678901,-,caller=T123;the text\x0aof it
//	 DEVICE=+pci:0000:00:01.0
//
// ok is false for anything else, and for records that a process wrote: the
// number at the front is the priority plus eight times the facility, which is 0
// only for the kernel's own records.
func parseRecord(raw string) (r logRecord, ok bool) {
	head, text, ok := strings.Cut(raw, ";")
	fields := strings.Split(head, ",")
	if !ok || len(fields) < 3 {
		return r, false
	}
	if priority, err := strconv.ParseUint(fields[0], 10, 32); err != nil || priority >= 8 {
		return r, false
	}
	var err error
	if r.number, err = strconv.ParseUint(fields[1], 10, 64); err != nil {
		return r, false
	}
	if len(fields) > 3 {
		r.continues = strings.ContainsAny(fields[3], "c+")
		for _, field := range fields[4:] {
			if caller, ok := strings.CutPrefix(field, "caller="); ok {
				r.caller = caller
			}
		}
	}
	// Lines after the first are properties, which begin with a space.
	text, _, _ = strings.Cut(text, "\n")
	r.text = unescapeLog(text)
	return r, true
}

// unescapeLog decodes \xNN, the log's escape for bytes that are not printable.
// Of control characters, only newlines and tabs are kept.
func unescapeLog(text string) string {
	if !strings.Contains(text, `\x`) {
		return text
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, `\x`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		code, err := strconv.ParseUint(after[:min(2, len(after))], 16, 8)
		if err != nil || len(after) < 2 {
			b.WriteString(`\x`)
			text = after
			continue
		}
		text = after[2:]
		switch c := byte(code); {
		case c == '\n', c == '\t', c == '\\', c >= 0x80:
			b.WriteByte(c) // bytes of UTF-8 are escaped one by one
		default:
			b.WriteString(`\x` + after[:2])
		}
	}
}
