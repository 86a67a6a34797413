package glob

import (
	"strings"
	"testing"
)

func FuzzMatch(f *testing.F) {
	f.Add("a*[b-c]?", "axxbz")
	f.Add(`\[[!]]`, "[a")
	f.Add("*[[:alpha:]", "[b")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		got := Match(pattern, s)
		if !strings.ContainsAny(pattern, `*?[\`) && got != (pattern == s) {
			t.Error("a plain pattern matches more or less than itself")
		}
		if !Match(quote(pattern), pattern) || (pattern != s && Match(quote(pattern), s)) {
			t.Error("a quoted string matches more or less than itself")
		}
		if got && !Match(pattern+"*", s+"tail") && closed(pattern) {
			t.Error("a star at the end does not take the rest")
		}
		if got && !Match("*"+pattern, "head"+s) {
			t.Error("a star at the beginning does not take the rest")
		}
	})
}

// quote escapes every byte that means more than itself.
func quote(s string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(s)
}

// closed reports that nothing appended to the pattern can change what is there.
func closed(pattern string) bool { return !strings.ContainsAny(pattern, `[\`) }

func BenchmarkMatch(b *testing.B) {
	for b.Loop() {
		Match("pci:v00008086d*sv*sd*bc02sc00i*", "pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00")
	}
}
