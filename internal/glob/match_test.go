package glob

import (
	"os"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		name, pattern, s string
		want             bool
	}{
		{"empty matches empty", "", "", true},
		{"empty pattern matches no byte", "", "a", false},
		{"literal", "usbcore", "usbcore", true},
		{"prefix only", "usb", "usbcore", false},
		{"case counts", "USB", "usb", false},
		{"star matches nothing", "a*", "a", true},
		{"star matches slash", "a*c", "a/b/c", true},
		{"star matches leading dot", "*", ".hidden", true},
		{"stars in a row", "a***b", "ab", true},
		{"earlier star gives way", "*ab*c", "aabxabc", true},
		{"question wants a byte", "a?", "a", false},
		{"question is one byte", "?", "\xc3\xa4", false},
		{"question matches slash", "a?b", "a/b", true},
		{"set", "[abc]x", "bx", true},
		{"range", "d02[0-1]", "d021", true},
		{"outside of range", "d02[0-1]", "d022", false},
		{"backward range", "[z-a]", "m", false},
		{"negated", "[!a]", "b", true},
		{"negated with caret", "[^a]", "a", false},
		{"negated wants a byte", "[!a]", "", false},
		{"bytes above 127", "[!a]", "\xff", true},
		{"range above 127", "[\x80-\xff]", "\xa0", true},
		{"closing bracket first", "[]a]", "]", true},
		{"minus last", "[a-]", "-", true},
		{"open set is literal", "a[b", "a[b", true},
		{"open set then star", "[a*", "[abc", true},
		{"class", "[[:digit:]x]", "7", true},
		{"unknown class", "[[:none:]a]", "a", false},
		{"unknown class of six letters", "[[:abcdef:]a]", "a", false},
		{"too long for a class", "[[:abcdefg:]x]", "cx]", true},
		{"a capital is in no class name", "[[:A:]]", "A]", true},
		{"a digit first is in no class name", "[[:9:]x]", "9x]", true},
		{"a digit in no class name", "[[:a1:]]", "1]", true},
		{"class without a name", "[[::]a]", "a", false},
		{"class without its bracket", "[[:alpha]", "l", true},
		{"class without its end", "[[:alpha:", "[[:alpha:", true},
		{"only the beginning of a class", "[[:", "[[:", true},
		{"class outside of a set", "[:a:]", "a", true},
		{"unfinished range", "[a-", "[a-", false},
		{"unfinished range, a byte before", "[[a-", "[[a-", true},
		{"escape", `a\*b`, "a*b", true},
		{"escape is not a star", `a\*b`, "axb", false},
		{"escape in set", `[\]]`, "]", true},
		{"lone backslash at the end", `a\`, `a\`, false},
		{"pci", "pci:v00008086d0000100Esv*sd*bc*sc*i*",
			"pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00", true},
		{"pci, other device", "pci:v00008086d0000100Fsv*sd*bc*sc*i*",
			"pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Match(tt.pattern, tt.s); got != tt.want {
				t.Errorf("Match(%q, %q) = %v", tt.pattern, tt.s, got)
			}
		})
	}
}

// TestLibc compares with what the C library's fnmatch answered.
func TestLibc(t *testing.T) {
	table, err := os.ReadFile("testdata/fnmatch.tsv")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(table)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 {
			t.Fatalf("bad line %q", line)
		}
		if got, want := Match(f[1], f[2]), f[0] == "1"; got != want {
			t.Errorf("Match(%q, %q) = %v", f[1], f[2], got)
		}
		n++
	}
	if n < 5000 {
		t.Errorf("only %d cases", n)
	}
}

// TestClasses checks every class against every byte, with a pattern of its own.
func TestClasses(t *testing.T) {
	for class, members := range map[string]string{
		"alnum": "09AZaz", "alpha": "AZaz", "blank": " \t", "cntrl": "\x00\x1f\x7f",
		"digit": "0123456789", "graph": "!~", "lower": "az", "print": " ~",
		"punct": "!/:@[`{~", "space": " \t\n\v\f\r", "upper": "AZ", "xdigit": "09afAF",
	} {
		for _, c := range []byte(members) {
			if !Match("[[:"+class+":]]", string([]byte{c})) {
				t.Errorf("%q is not in %s", c, class)
			}
		}
		if c := byte(0xe4); Match("[[:"+class+":]]", string([]byte{c})) {
			t.Errorf("%q is in %s", c, class)
		}
	}
}

// TestHostile would not end in a lifetime if the time grew faster than the
// product of the lengths.
func TestHostile(t *testing.T) {
	s := strings.Repeat("a", 4000)
	for _, pattern := range []string{
		strings.Repeat("*a", 2000) + "b",
		strings.Repeat("*?", 2000) + "b",
		"*" + strings.Repeat("[ab]", 1000) + "b",
		strings.Repeat("*[", 2000),
		strings.Repeat("[[:alpha:]", 400),
		strings.Repeat("*[!", 1300),
	} {
		if Match(pattern, s) {
			t.Errorf("%.20q... matches", pattern)
		}
	}
	open := strings.Repeat("[", 4000)
	if !Match(open, open) || Match("*"+open+"b", open+open) {
		t.Error("open brackets are not literal")
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	p, s := "a*[[:digit:]b]c?", "axxx7cd"
	if n := testing.AllocsPerRun(100, func() { Match(p, s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
