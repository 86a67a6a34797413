package plain

import (
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	for s, want := range map[string]string{
		"":                    "",
		"/a b/c.ko":           "/a b/c.ko",
		"options é x=\"1\"":   "options é x=\"1\"",
		"a\nb":                `"a\nb"`,
		"a\x1b[2J":            `"a\x1b[2J"`,
		"a\xff":               `"a\xff"`,
		"right\u202eto left":  `"right\u202eto left"`,
		"no-break\u00a0space": `"no-break\u00a0space"`,
	} {
		if got := Line(s); got != want {
			t.Errorf("%q gives %s, want %s", s, got, want)
		}
	}
}

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"":             `""`,
		"snd-hda":      "snd-hda",
		"é":            "é",
		"a b":          `"a b"`,
		`a"b`:          `"a\"b"`,
		"a\x7f":        `"a\x7f"`,
		"a\xff":        `"a\xff"`,
		"\u202eleft":   `"\u202eleft"`,
		"/lib/x y.ko":  `"/lib/x y.ko"`,
		"a=1,b=[1-2]*": "a=1,b=[1-2]*",
	} {
		if got := Name(name); got != want {
			t.Errorf("%q gives %s, want %s", name, got, want)
		}
	}
	if got := Names([]string{"a", "", "b c"}, ", "); got != `a, "", "b c"` {
		t.Errorf("together they are %s", got)
	}
	if got := Names(nil, ", "); got != "" {
		t.Errorf("none are %q", got)
	}
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"":                       `""`,
		"a\"b\n":                 `"a\"b\n"`,
		strings.Repeat("x", 200): `"` + strings.Repeat("x", 200) + `"`,
		strings.Repeat("x", 201): `"` + strings.Repeat("x", 200) + `"…`,
	} {
		if got := Quote(text); got != want {
			t.Errorf("%q gives %s, want %s", text, got, want)
		}
	}
}

func TestSome(t *testing.T) {
	for names, want := range map[string]string{
		"": "", "b a": "a, b", "e d c b a": "a, b, c, d, e", "f e d c b a": "a, b, c, d, e and 1 more",
	} {
		if got := Some(strings.Fields(names)); got != want {
			t.Errorf("%s gives %s, want %s", names, got, want)
		}
	}
}
