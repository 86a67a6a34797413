package devname

import (
	"io/fs"
	"strings"
	"testing"
)

// TestOf: a node has a name and numbers, in whatever order the aliases state them;
// the first complete one counts.
func TestOf(t *testing.T) {
	node := func(name string, kind byte, major, minor uint32) Node {
		return Node{Module: "m", Name: name, Kind: kind, Major: major, Minor: minor}
	}
	for aliases, want := range map[string]Node{
		"devname:a char-major-10-200":                                 node("a", Char, 10, 200),
		"char-major-10-200 devname:a":                                 node("a", Char, 10, 200),
		"block-major-7-* devname:a block-major-8-0":                   node("a", Block, 8, 0),
		"devname:net/tun x devname:b char-major-1-2":                  node("b", Char, 1, 2),
		"devname:a char-major-1-2 block-major-3-4":                    node("a", Char, 1, 2),
		"char-major-1-2 block-major-3-4 devname:a devname:b":          node("a", Block, 3, 4),
		"devname:a char-major-1 char-major-x-1 char-major-1-x":        {Module: "m", Name: "a"},
		"devname:a xchar-major-1-2 charmajor-1-2 misc-major-1-2":      {Module: "m", Name: "a"},
		"devname:a char-major-4294967296-0":                           {Module: "m", Name: "a"},
		"char-major-1-2 block-major-3-4 pci:x":                        node("", Block, 3, 4),
		"devname: char-major-1-2":                                     node("", Char, 1, 2),
		"":                                                            {Module: "m"},
		"devname:vfio/vfio char-major-10-196 char-major-10-197":       node("vfio/vfio", Char, 10, 196),
		"devname:a char-major-4294967295-0":                           node("a", Char, 4294967295, 0),
		"devname:loop-control block-major-7-12345 char-major-10-237*": node("loop-control", Block, 7, 12345),
	} {
		got, complete := Of("m", strings.Fields(aliases))
		if got != want || complete != (want.Name != "" && want.Kind != 0) {
			t.Errorf("%q: %+v, %v", aliases, got, complete)
		}
	}
}

func TestParse(t *testing.T) {
	for line, want := range map[string]Node{
		"fuse fuse c10:229":                 {"fuse", "fuse", Char, 10, 229},
		"loop loop-control b7:0":            {"loop", "loop-control", Block, 7, 0},
		" \tsnd_timer\tsnd/timer  c116:33 ": {"snd_timer", "snd/timer", Char, 116, 33},
		"a ... c4294967295:0":               {"a", "...", Char, 4294967295, 0},
	} {
		if got, err := Parse(line); got != want || err != nil {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
	for line, want := range map[string]error{
		"": errFields, "broken": errFields, "a b": errFields, "a b c1:2 d": errFields, "a b c 1:2": errFields,
		"a/b c c1:2": errModule, "a\x01 b c1:2": errModule, "\xff b c1:2": errModule, "a\u00a0b c c1:2": errModule,
		"a .. c1:2": errName, "a . c1:2": errName, "a ../x c1:2": errName, "a b/../x c1:2": errName, "a /dev/b c1:2": errName,
		"a b/ c1:2": errName, "a b//c c1:2": errName, "a b\x00 c1:2": errName, "a b\x1b[0m c1:2": errName, "a \xff c1:2": errName,
		"a b c1": errNumber, "a b c": errNumber, "a b x1:2": errNumber, "a b C1:2": errNumber, "a b 1:2": errNumber,
		"a b c1:": errNumber, "a b c:2": errNumber, "a b c-1:2": errNumber, "a b c1:+2": errNumber, "a b c1:2:3": errNumber,
		"a b c4294967296:0": errNumber, "a b c0:4294967296": errNumber, "a b c1:2\r": errNumber, "a b c0x1:2": errNumber,
	} {
		if got, err := Parse(line); got != (Node{}) || err != want {
			t.Errorf("%q: %+v, %v, want %v", line, got, err, want)
		}
	}
}

// FuzzParse: a node stays below /dev, and is read back from its line.
func FuzzParse(f *testing.F) {
	f.Add("fuse fuse c10:229")
	f.Add("a net/../x b1:2")
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
