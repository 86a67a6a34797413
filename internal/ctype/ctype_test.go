package ctype

import (
	"strings"
	"testing"
)

// TestRanges: each class has the bytes that ctype(3) says, as its relations to the others
// do.
func TestRanges(t *testing.T) {
	members := func(name string) string {
		ranges, all := Ranges(name), ""
		for i := 0; i < len(ranges); i += 2 {
			for c := int(ranges[i]); c <= int(ranges[i+1]); c++ {
				all += string(rune(c))
			}
		}
		return all
	}
	for name, n := range map[string]int{
		"alnum": 62, "alpha": 52, "blank": 2, "cntrl": 33, "digit": 10, "graph": 94, "lower": 26, "print": 95,
		"punct": 32, "space": 6, "upper": 26, "xdigit": 22, "ascii": 0, "": 0,
	} {
		if got := members(name); len(got) != n {
			t.Errorf("%s has %d bytes, want %d: %q", name, len(got), n, got)
		}
	}
	for c := range rune(256) {
		in := func(name string) bool { return c < 128 && strings.ContainsRune(members(name), c) }
		if in("alnum") != (in("alpha") || in("digit")) || in("alpha") != (in("upper") || in("lower")) ||
			in("graph") != (in("alnum") || in("punct")) || in("print") != (in("graph") || c == ' ') ||
			in("cntrl") != (c < 128 && !in("print")) {
			t.Errorf("%q is in classes that do not fit", c)
		}
	}
}
