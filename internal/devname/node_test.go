package devname

import (
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
		"devname:a char-major-1--2 char-major--1-2 char-major-1-":     {Module: "m", Name: "a"},
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
