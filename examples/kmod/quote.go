package main

import "strings"

// joinParams makes the parameter string for the kernel from arguments. The
// kernel splits it at spaces outside double quotes, so a value with spaces gets
// quotes unless it begins with one.
func joinParams(args []string) string {
	var b strings.Builder
	for i, arg := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		name, value, ok := strings.Cut(arg, "=")
		if !ok || !strings.Contains(value, " ") || strings.HasPrefix(value, `"`) {
			b.WriteString(arg)
			continue
		}
		b.WriteString(name + `="` + value + `"`)
	}
	return b.String()
}

// splitQuoted splits a string at white space outside quotes, and removes the
// quotes.
func splitQuoted(s string) []string {
	var words []string
	var word strings.Builder
	inWord, quote := false, rune(0)
	for _, r := range s {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inWord = r, true
		case quote == 0 && strings.ContainsRune(" \t\n", r):
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words
}
