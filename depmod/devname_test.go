package depmod

import (
	"strings"
	"testing"
)

// TestDeviceOf: a node has a name and numbers, in whatever order the aliases state them;
// the first complete one counts.
func TestDeviceOf(t *testing.T) {
	for aliases, want := range map[string]device{
		"devname:a char-major-10-200":                                 {"a", 'c', 10, 200},
		"char-major-10-200 devname:a":                                 {"a", 'c', 10, 200},
		"block-major-7-* devname:a block-major-8-0":                   {"a", 'b', 8, 0},
		"devname:net/tun x devname:b char-major-1-2":                  {"b", 'c', 1, 2},
		"devname:a char-major-1-2 block-major-3-4":                    {"a", 'c', 1, 2},
		"char-major-1-2 block-major-3-4 devname:a devname:b":          {"a", 'b', 3, 4},
		"devname:a char-major-1 char-major-x-1 char-major-1-x":        {name: "a"},
		"devname:a xchar-major-1-2 charmajor-1-2 misc-major-1-2":      {name: "a"},
		"char-major-1-2 block-major-3-4 pci:x":                        {"", 'b', 3, 4},
		"devname: char-major-1-2":                                     {"", 'c', 1, 2},
		"":                                                            {},
		"devname:vfio/vfio char-major-10-196 char-major-10-197":       {"vfio/vfio", 'c', 10, 196},
		"devname:a char-major-4294967295-0":                           {"a", 'c', 4294967295, 0},
		"devname:loop-control block-major-7-12345 char-major-10-237*": {"loop-control", 'b', 7, 12345},
	} {
		got, complete := deviceOf(strings.Fields(aliases))
		if got != want || complete != (want.name != "" && want.kind != 0) {
			t.Errorf("%q: %+v, %v", aliases, got, complete)
		}
	}
}

// TestDevnameText: the header appears once, and only if there is a line; a node
// without numbers has none and is reported.
func TestDevnameText(t *testing.T) {
	nodes := []Module{
		{Name: "a", Aliases: []string{"pci:x"}},
		{Name: "b", Aliases: []string{"devname:b", "char-major-10-1"}},
		{Name: "c", Aliases: []string{"devname:c"}},
		{Name: "d", Aliases: []string{"devname:d", "block-major-7-2"}},
		{Name: "e", Aliases: []string{"char-major-9-9"}},
	}
	for _, test := range []struct {
		modules []Module
		want    string
	}{
		{nodes, "# Device nodes to trigger on-demand module loading.\nb b c10:1\nd d b7:2\n"},
		{nodes[:1], ""},
		{nodes[2:3], ""},
	} {
		x := &Index{modules: test.modules}
		f, err := (&maker{"modules.devname", x.devnameText, nil}).make(newAllowance(1000))
		if err != nil || string(f.Data) != test.want {
			t.Errorf("%q, %v, want %q", f.Data, err, test.want)
		}
	}
	x := &Index{modules: nodes}
	if x.checkDevices(); len(x.Report.Devnames) != 1 || x.Report.Devnames[0] != (Devname{"c", "c"}) {
		t.Errorf("reported are %v", x.Report.Devnames)
	}
}
