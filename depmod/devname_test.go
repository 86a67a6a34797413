package depmod

import "testing"

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
