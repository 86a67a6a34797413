package modparam

import "strings"

// Quote returns the word that a kernel reads as that argument, with quotes around
// the value if it needs them. It reports false if there is none: quotes cannot be
// escaped, so that white space and quotes in one value seldom go together.
func Quote(a Argument) (word string, ok bool) {
	if !a.HasValue {
		return a.Name, Reads(a.Name, a)
	}
	if word := a.Name + "=" + a.Value; Reads(word, a) {
		return word, true
	}
	word = a.Name + `="` + a.Value + `"`
	return word, Reads(word, a)
}

// Reads reports whether a kernel reads the word as that argument, and what follows
// it in a parameter string as other ones.
func Reads(word string, a Argument) bool {
	if a.Name == "" || strings.Count(word, `"`)%2 != 0 || strings.Contains(word, "\x00") {
		return false
	}
	all := Split(word)
	return len(all) == 1 && all[0] == a
}

// HasSpace reports whether a kernel would split the text where it is not quoted.
func HasSpace(text string) bool {
	for i := range len(text) {
		if isSpace(text[i]) {
			return true
		}
	}
	return false
}
