package devname

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	node := Node{Module: "a", Name: "b", Kind: Char, Major: 1, Minor: 2}
	for line, want := range map[string]Node{
		"fuse fuse c10:229":                 {"fuse", "fuse", Char, 10, 229},
		"loop loop-control b7:0":            {"loop", "loop-control", Block, 7, 0},
		" \tsnd_timer\tsnd/timer  c116:33 ": {"snd_timer", "snd/timer", Char, 116, 33},
		"a ... c4095:1048575":               {"a", "...", Char, 4095, 1048575},
		"a # c00004:-0":                     {"a", "#", Char, 4, 0},
		// What kmod takes for a node too.
		"a b c1:2 d": node, "a b c1:2\r": node, "a\vb\fc1:2": node, "a b c 1:\t2": node, "a b c+1:+2": node,
		"a b c1:2:3": node, "a b c1:2x": node, "a b c1:2\x00": node, "\ra\rb\rc1:2": node,
	} {
		if got, err := Parse(line); got != want || err != nil {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
}

// TestParseBad: a line without the form of a node is told from one that describes a node
// that must not be made.
func TestParseBad(t *testing.T) {
	for want, lines := range map[error][]string{
		ErrForm: {"", " ", "broken", "a b", "a  c1:2", "# c", "a b "},
		errNumber: {"a b c", "a b c1", "a b x1:2", "a b C1:2", "a b 1:2", "a b c1:", "a b c1: ", "a b c:2", "a b c1 :2",
			"a b c0x1:2", "a b c+-1:2", "a b c--1:2", "a b cc1:2", "a b c1;2", "a ../x x1:2", "a b x9999:2",
			"a b b", "a b c- 1:2", "a b c1 2", "a b c1+2", "a b c1-2"},
		errRange: {"a b c4096:0", "a b c0:1048576", "a b c-1:2", "a b c1:-2", "a b c4294967296:0", "a b c0:18446744073709551616",
			"a ../x c4096:0", "a b c-18446744073709551616:1"},
		errModule: {"a/b c c1:2", "a\x01 b c1:2", "\xff b c1:2", "a\u00a0b c c1:2"},
		errName: {"a .. c1:2", "a . c1:2", "a ../x c1:2", "a b/../x c1:2", "a ./b c1:2", "a b/. c1:2", "a b/.. c1:2",
			"a /dev/b c1:2", "a b/ c1:2", "a b//c c1:2", "a b\x00 c1:2", "a b\x1b[0m c1:2", "a \xff c1:2", "a b\u0085 c1:2"},
	} {
		for _, line := range lines {
			got, err := Parse(line)
			if form := want == ErrForm || want == errNumber; got != (Node{}) || err != want || errors.Is(err, ErrForm) != form {
				t.Errorf("%q: %+v, %v, want %v", line, got, err, want)
			}
		}
	}
}

// FuzzParse: a node stays below /dev, and is read back from its line.
func FuzzParse(f *testing.F) {
	f.Add("fuse fuse c10:229")
	f.Add("a net/../x b1:2")
	f.Add(" a\tb c +1: 2 more\r")
	f.Fuzz(func(t *testing.T, line string) {
		n, err := Parse(line)
		if err != nil {
			return
		}
		if again, err := Parse(n.String()); again != n || err != nil {
			t.Errorf("%+v is read back as %+v, %v", n, again, err)
		}
		if !fs.ValidPath("dev/"+n.Name) || n.Name == "" || n.Module == "" || strings.ContainsAny(n.String(), "\n\x00\x1b") {
			t.Errorf("%+v", n)
		}
	})
}
