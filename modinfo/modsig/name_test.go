package modsig

import "testing"

// TestNames: names are shown in a form that hides nothing.
func TestNames(t *testing.T) {
	value := func(tag byte, text string) string {
		attr := "\x06\x03\x55\x04\x03" + string(tag) + string(rune(len(text))) + text
		attr = "\x30" + string(rune(len(attr))) + attr
		set := "\x31" + string(rune(len(attr))) + attr
		return "\x30" + string(rune(len(set))) + set
	}
	for name, want := range map[string]string{
		value(12, "plain"):                     "CN=plain",
		value(12, "\x1b[2J\n"):                 `CN=\1b[2J\0a`,
		value(12, "\u202etxt"):                 `CN=\e2\80\aetxt`,
		value(12, "\xff"):                      "CN=#0c01ff",
		value(30, "\x00a"):                     "CN=#1e020061",
		value(19, "a b"):                       "CN=a b",
		"\x30\x00":                             "",
		"\x30\x02\x30\x00":                     "#30023000",
		"\x30\x07\x31\x05\x30\x03\x06\x01\x2a": "#3007310530030601" + "2a",
	} {
		if got := nameText([]byte(name)); got != want {
			t.Errorf("% x is shown as %q, want %q", name, got, want)
		}
	}
}
