package plain

import "testing"

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
