// Package plain makes text that comes from outside fit to be shown.
package plain

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns s as it is, or quoted where it would not print as one line of
// text: control characters could hide what stands before, or make another line.
func Line(s string) string {
	strange := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if strings.ContainsFunc(s, strange) {
		return strconv.Quote(s)
	}
	return s
}
