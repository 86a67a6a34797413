package uevent

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrMalformed means that a message is not one that the kernel sends.
var ErrMalformed = errors.New("not a uevent of the kernel")

// Bounds for a message. The kernel's have 2 KiB of variables at most, 64 of
// them, and a path before that.
const (
	maxMessage   = 16 << 10
	maxVariables = 256
	maxAction    = 32
)

// Parse reads a message of the kernel. The error wraps [ErrMalformed] when the
// message is cut off or too large, when the header disagrees with the variables,
// and when a variable with a field of its own in [Event] occurs twice with
// different values or has a character that is not printable ASCII. Messages that
// udev sends ("libudev" and binary data) are malformed too.
func Parse(message []byte) (Event, error) {
	e, reason := parse(message)
	if reason != "" {
		return Event{}, fmt.Errorf("%w: %s", ErrMalformed, reason)
	}
	return e, nil
}

// parse is Parse with the reason as text.
func parse(message []byte) (e Event, reason string) {
	if len(message) > maxMessage {
		return e, "it is too large"
	}
	text, ended := bytes.CutSuffix(message, []byte{0})
	if !ended {
		return e, "it is cut off"
	}
	header, variables, more := strings.Cut(string(text), "\x00")
	if header == "libudev" {
		return e, "it is one of udev's"
	}
	var found bool
	if e.Action, e.Devpath, found = strings.Cut(header, "@"); !found {
		return e, "it has no header"
	}
	if !isAction(e.Action) || !isDevpath(e.Devpath) {
		return e, "its header is invalid"
	}
	if !more {
		return e, ""
	}
	if reason := e.readVariables(variables); reason != "" {
		return Event{}, reason
	}
	return e, ""
}

// readVariables reads what follows the header.
func (e *Event) readVariables(text string) (reason string) {
	count := strings.Count(text, "\x00") + 1
	if count > maxVariables {
		return "it has too many variables"
	}
	e.Env = make([]Variable, 0, count)
	seqnum := ""
	for variable := range strings.SplitSeq(text, "\x00") {
		key, value, found := strings.Cut(variable, "=")
		if !found || !isKey(key) {
			return "one of its variables has no name"
		}
		e.Env = append(e.Env, Variable{key, value})
		var field *string
		switch key {
		case "ACTION":
			field = &e.Action
		case "DEVPATH":
			field = &e.Devpath
		case "SUBSYSTEM":
			field = &e.Subsystem
		case "MODALIAS":
			field = &e.Modalias
		case "SEQNUM":
			field = &seqnum
		default:
			continue
		}
		if reason := setField(field, key, value); reason != "" {
			return reason
		}
	}
	if seqnum == "" {
		return ""
	}
	var err error
	if e.Seqnum, err = strconv.ParseUint(seqnum, 10, 64); err != nil {
		return "its number is invalid"
	}
	return ""
}

// setField sets a field, which may have been set to the same value before.
func setField(field *string, key, value string) (reason string) {
	switch {
	case *field != "" && *field != value:
		return "it contradicts itself in " + key
	case !printable(value):
		return "its " + key + " is not printable"
	}
	*field = value
	return ""
}

// isAction reports whether a word can be an action: lower-case letters.
func isAction(word string) bool {
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return word != "" && len(word) <= maxAction
}

// isDevpath reports whether a path stays below the top of sysfs.
func isDevpath(path string) bool {
	rest, rooted := strings.CutPrefix(path, "/")
	if !rooted || !printable(path) {
		return false
	}
	for element := range strings.SplitSeq(rest, "/") {
		if element == "" || element == "." || element == ".." {
			return false
		}
	}
	return true
}

// isKey reports whether a word can be the name of a variable.
func isKey(word string) bool { return word != "" && printable(word) && !strings.Contains(word, " ") }

// printable reports whether a text is printable ASCII.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
