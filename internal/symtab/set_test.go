package symtab

import (
	"strings"
	"testing"
)

func TestSet(t *testing.T) {
	versions, err := ReadSymvers(strings.NewReader("0x5\ta\tvmlinux\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := ReadSystemMap(strings.NewReader("0 r __ksymtab_a\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if crc, ok := versions.CRC("a"); crc != 5 || !ok || !versions.Has("a") || versions.Has("b") || len(versions.crcs) != 1 {
		t.Error("versions:", crc, ok)
	}
	if _, ok := versions.CRC("b"); ok {
		t.Error("an unknown symbol has a version")
	}
	if _, ok := plain.CRC("a"); ok || !plain.Has("a") {
		t.Error("a System.map has versions")
	}
	if empty := (&Set{}); empty.Has("a") || len(empty.crcs) != 0 {
		t.Error("the zero value is not empty")
	}
}

func TestAlways(t *testing.T) {
	for name, want := range map[string]bool{"__this_module": true, "_GLOBAL_OFFSET_TABLE_": true, "TOC.": true, ".TOC.": true, "TOC": false, "..TOC.": false, "module_layout": false, "": false} {
		if got := Always(name); got != want {
			t.Errorf("Always(%q) = %v", name, got)
		}
	}
}

func TestLookupNames(t *testing.T) {
	for _, tt := range []struct {
		name             string
		prefix           byte
		needed, exported string
	}{
		{"a", 0, "a", "a"}, {"_a", 0, "_a", "_a"}, {".a", 0, "a", ".a"}, {"..a", 0, ".a", "..a"}, {"TOC.", 0, "TOC.", "TOC."},
		{"a", '_', "a", "a"}, {"_a", '_', "a", "a"}, {"__a", '_', "_a", "_a"}, {".a", '_', "a", ".a"},
		{"._a", '_', "a", "._a"}, {"_.a", '_', ".a", ".a"}, {"", '_', "", ""}, {"", 0, "", ""}, {"_", '_', "", ""},
	} {
		if needed, exported := Needed(tt.name, tt.prefix), Exported(tt.name, tt.prefix); needed != tt.needed || exported != tt.exported {
			t.Errorf("%q with prefix %q is needed as %q, exported as %q", tt.name, tt.prefix, needed, exported)
		}
	}
}
