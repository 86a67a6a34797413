package main

import (
	"slices"
	"strings"

	"github.com/gokmod/gokmod/kmod/live"
)

// joinParams makes the parameter string for the kernel from arguments. kmod quotes
// for spaces only, and passes on what no quotes can express.
func joinParams(args []string) string {
	words := slices.Clone(args)
	for i, arg := range args {
		if _, value, _ := strings.Cut(arg, "="); strings.Contains(value, " ") {
			words[i], _ = live.JoinParams([]string{arg})
		}
	}
	return strings.Join(words, " ")
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
