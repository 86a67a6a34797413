package ere

import (
	"strings"
	"testing"
)

func TestBadExpressions(t *testing.T) {
	for _, tt := range []struct{ name, expr, want string }{
		{"open set", "[a", "missing closing ]"},
		{"open group", "(a", "missing closing )"},
		{"open class", "[[:digit", "collating elements are not supported"},
		{"unknown class", "[[:bogus:]]", "invalid character class range"},
		{"collating symbol", "[[.-.]]", "collating elements are not supported"},
		{"backward range", "[9-0]", "invalid character class range"},
		{"word", `\w`, "a backslash can only stand before punctuation"},
		{"start of word", `\<a`, "a backslash can only stand before punctuation"},
		{"back reference", `(a)\1`, "a backslash can only stand before punctuation"},
		{"lone backslash", `a\`, "trailing backslash at end of expression"},
		{"nothing repeated", "*a", "a repetition must follow something and have a count of at most 255"},
		{"anchor repeated", "^*a", "a repetition must follow something and have a count of at most 255"},
		{"end repeated", "a$?", "a repetition must follow something and have a count of at most 255"},
		{"branch repeated", "a|+b", "a repetition must follow something and have a count of at most 255"},
		{"Perl group", "(?i)a", "a repetition must follow something and have a count of at most 255"},
		{"bound", "a{256}", "a repetition must follow something and have a count of at most 255"},
		{"no number", "a{,3}", "a repetition must follow something and have a count of at most 255"},
		{"bound backward", "a{3,2}", "invalid repeat count"},
		{"bounds in bounds", "((a{100}){100}){100}", "invalid repeat count"},
		{"group in a group", "((a)", "missing closing )"},
		{"closing bracket", "a)b", "unexpected )"},
		{"open negated set", "[^]", "missing closing ]"},
		{"open range", "[a-", "missing closing ]"},
		{"range up to a class", "[+-[:digit:]]", "invalid character class range"},
		{"range after a range", "[a-b-c]", "invalid character class range"},
		{"equivalents", "[a-[=b=]]", "collating elements are not supported"},
		{"open bound", "a{3", "a repetition must follow something and have a count of at most 255"},
		{"bound with a sign", "a{+3}", "a repetition must follow something and have a count of at most 255"},
		{"too long", strings.Repeat("a", maxBytes+1), "expressions have at most 128 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Parse(tt.expr); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
