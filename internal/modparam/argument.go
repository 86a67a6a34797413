package modparam

import (
	"iter"
	"strings"
)

// Argument is a word of a parameter string.
type Argument struct {
	Name, Value string
	HasValue    bool
}

// Split splits a parameter string at white space outside double quotes. Quotes
// around a value, or around a whole argument, are removed. "--" ends it.
func Split(s string) []Argument {
	var all []Argument
	for word := range words(s) {
		if word == "--" {
			break
		}
		if strings.HasPrefix(word, `"`) {
			word = strings.TrimSuffix(word[1:], `"`)
		}
		name, value, has := strings.Cut(word, "=")
		if strings.HasPrefix(value, `"`) {
			value = strings.TrimSuffix(value[1:], `"`)
		}
		all = append(all, Argument{name, value, has})
	}
	return all
}

// words yields the words of s, separated by white space outside quotes.
func words(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, quoted := 0, false
		for i := 0; i <= len(s); i++ {
			switch {
			case i < len(s) && s[i] == '"':
				quoted = !quoted
			case i == len(s) || !quoted && isSpace(s[i]):
				if start < i && !yield(s[start:i]) {
					return
				}
				start = i + 1
			}
		}
	}
}

// isSpace reports whether a byte is white space to a kernel. It reads texts as
// ISO 8859-1, in which 0xa0 is a space; in UTF-8 it is a part of "à" and others.
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' || c == 0xa0 }

// Normalize returns the name of a parameter with underscores for dashes.
func Normalize(name string) string { return strings.ReplaceAll(name, "-", "_") }
