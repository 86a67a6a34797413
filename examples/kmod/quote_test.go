package main

import (
	"slices"
	"strings"
	"testing"
)

func TestJoinParams(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", ""},
		{"a=1", "a=1"},
		{"a=1|b", "a=1 b"},
		{"b=c d", `b="c d"`},
		{`b="c d"`, `b="c d"`},
		{`b='c d'`, `b="'c d'"`},
		{`b="c`, `b="c`},
		{"c d", "c d"},
		{"e=", "e="},
		{"e==a b", `e="=a b"`},
		{"f g=h i", `f g="h i"`},
		{"a=b\tc", "a=b\tc"},
		{`x=a "b`, `x="a "b"`},
		{`x="a b`, `x="a b`},
		{"a b=c\td", "a b=c\td"},
		{`h="a b" c`, `h="a b" c`},
	} {
		var args []string
		if test.args != "" {
			args = strings.Split(test.args, "|")
		}
		if got := joinParams(args); got != test.want {
			t.Errorf("joinParams(%q) = %q, want %q", args, got, test.want)
		}
	}
}

func TestSplitQuoted(t *testing.T) {
	for _, test := range []struct {
		line string
		want []string
	}{
		{"", nil},
		{"  ", nil},
		{" -v\t-n ", []string{"-v", "-n"}},
		{`-C "a b" c`, []string{"-C", "a b", "c"}},
		{`b="c d"e f`, []string{"b=c de", "f"}},
		{`'a "b' ""`, []string{`a "b`, ""}},
		{`a "b c`, []string{"a", "b c"}},
	} {
		if got := splitQuoted(test.line); !slices.Equal(got, test.want) {
			t.Errorf("splitQuoted(%q) = %q, want %q", test.line, got, test.want)
		}
	}
}
