package modparam

import (
	"slices"
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for _, test := range []struct {
		a    Argument
		want string // "" if there is none
	}{
		{Argument{"a", "1", true}, "a=1"},
		{Argument{"a", "", true}, "a="},
		{Argument{"a", "", false}, "a"},
		{Argument{"a", "b=c", true}, "a=b=c"},
		{Argument{"a", "x y", true}, `a="x y"`},
		{Argument{"a", " ", true}, `a=" "`},
		{Argument{"a", "x\n", true}, "a=\"x\n\""},
		{Argument{"a", "voilà", true}, `a="voilà"`},
		{Argument{"a", "--", true}, "a=--"},
		{Argument{"a", `x"y"z`, true}, `a=x"y"z`},
		{Argument{"a", `"x"`, true}, `a=""x""`},
		{Argument{"a", `x" "y`, true}, `a=x" "y`},
		{Argument{"a", `x "y"`, true}, `a="x "y""`},
		{Argument{"a", `x "y z"`, true}, ""},
		{Argument{"a", `x"y`, true}, ""},
		{Argument{"a", `"`, true}, ""},
		{Argument{"a", "x\x00", true}, ""},
		{Argument{"", "x", true}, ""},
		{Argument{"", "", false}, ""},
		{Argument{"a b", "x", true}, ""},
		{Argument{"a=b", "x", true}, ""},
		{Argument{"a=b", "", false}, ""},
		{Argument{`"a`, "x", true}, ""},
		{Argument{"--", "", false}, ""},
		{Argument{"a", "x", false}, ""}, // no such argument
	} {
		got, ok := Quote(test.a)
		if ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%+v: %q, %t", test.a, got, ok)
		}
	}
}

// FuzzQuote: what is written is read again, wherever it stands in a string; what a
// kernel reads from any text can be written, unless a quote never ends.
func FuzzQuote(f *testing.F) {
	f.Add("a", "1", `b="x y" c`)
	f.Add("a", `"x"`, `"b=u v"`)
	f.Add("a-b", "à\n", "-- c")
	f.Fuzz(func(t *testing.T, name, value, text string) {
		a := Argument{name, value, true}
		if word, ok := Quote(a); ok {
			around := Argument{"z", "", false}
			if got := Split("z " + word + " z"); !slices.Equal(got, []Argument{around, a, around}) {
				t.Errorf("%+v is written %q and read %+v", a, word, got)
			}
		}
		for _, a := range Split(text) {
			if strings.ContainsAny(text, "\"\x00") || a.Name == "" {
				continue
			}
			if _, ok := Quote(a); !ok {
				t.Errorf("%+v in %q cannot be written", a, text)
			}
		}
	})
}
