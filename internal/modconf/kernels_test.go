package modconf

import (
	"strings"
	"testing"
)

func TestKernels(t *testing.T) {
	const release = "6.1.0-56-amd64"
	for expr, want := range map[Kernels]bool{
		"*": true, "6.1": true, "6x1": false, "amd64": true, "AMD64": false, "^6": true, "^1": false, "64$": true, "^6[.]1[.]0": true,
		"5|6": true, "(5|7)[.]": false, ".*": true, "": true, "()": true, "[[:digit:]]+-": true, "[[:upper:]]": false, "a?md": true,
		"[^0-9.a-z-]": false, "[]6]": true, "[.-]56": true, `6\.1`: true, `1\-`: false, `0\-`: true, `[\.]1`: true, `[\]`: false, `[^\]5`: true,
		"0{1}": true, "0{2}": false, "[0-9]{2}": true, "[a-z]{4,}": false, "[a-z]{1,2}d": true, "0{0,1}-": true,
		"(6)[.](1)": true, "6**": true, "9*+6": true, "a||6": true, "x||": true,
	} {
		if got := expr.Match(release); got != want {
			t.Errorf("%q matches: %v", expr, got)
		}
		if _, err := parseExpression(string(expr)); err != nil && expr != "*" {
			t.Errorf("%q: %v", expr, err)
		}
	}
}

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
		{"too long", strings.Repeat("a", maxExpression+1), "expressions have at most 128 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := parseExpression(tt.expr); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if Kernels(tt.expr).Match("a") {
				t.Error("it matches")
			}
		})
	}
}
