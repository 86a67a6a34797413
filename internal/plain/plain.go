// Package plain makes text from outside fit to be shown.
package plain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns s unchanged, or quoted if it would not print as one line of
// text: control characters could hide the text before them, or make another
// line.
func Line(s string) string {
	strange := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if strings.ContainsFunc(s, strange) {
		return strconv.Quote(s)
	}
	return s
}

// Name returns a name as it is, or quoted where it would not read well in a
// sentence: an empty one, or one with spaces, quotes or control characters.
func Name(name string) string {
	for _, r := range name {
		if r <= ' ' || r == '"' || r == utf8.RuneError || !unicode.IsPrint(r) {
			return strconv.Quote(name)
		}
	}
	if name == "" {
		return `""`
	}
	return name
}

// Names joins names, each as [Name] gives it.
func Names(names []string, sep string) string {
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = Name(name)
	}
	return strings.Join(shown, sep)
}

// maxSome is how many names Some lists.
const maxSome = 5

// Some joins the first names in alphabetic order, and says how many more there are.
func Some(names []string) string {
	names = slices.Sorted(slices.Values(names))
	if len(names) <= maxSome {
		return Names(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", Names(names[:maxSome], ", "), len(names)-maxSome)
}

// Quote quotes text, cut to a length that can be read.
func Quote(text string) string {
	const most = 200
	if len(text) > most {
		return strconv.Quote(text[:most]) + "…"
	}
	return strconv.Quote(text)
}
