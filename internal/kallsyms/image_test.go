package kallsyms

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// TestWithout: what the list shows of the kernel image, and how much it has.
func TestWithout(t *testing.T) {
	for _, test := range []struct {
		name, list, others string
		lists              Listing
	}{
		{"entries of exports", "0 T printk\n0 t hidden\n0 r __ksymtab_printk\n0 r __ksymtab_jiffies\n",
			"hidden nowhere", ListsAll},
		{"no entries", "0 T printk\n0 t hidden\n0 D jiffies\n", "nowhere", ListsAll},
		{"functions", "0 T printk\n0 t hidden\n", "jiffies nowhere", ListsFunctions},
		{"functions, and what lies among them", strings.Repeat("0 T printk\n", 30) + "0 D __init_begin\n",
			"jiffies hidden nowhere", ListsFunctions},
		{"few variables", strings.Repeat("0 T printk\n", 15) + "0 D jiffies\n", "hidden nowhere", ListsFunctions},
		{"enough variables", strings.Repeat("0 T printk\n", 14) + "0 D jiffies\n", "hidden nowhere", ListsAll},
		{"variables of each kind", "0 b nowhere\n", "printk jiffies hidden", ListsAll},
		{"of a module", "0 T printk\n0 r __ksymtab_nowhere\t[foreign]\n", "jiffies hidden nowhere", ListsFunctions},
		{"nothing", "", "printk jiffies hidden nowhere", ListsNothing},
		{"no list", "printk\n0 TT printk\n\x00\x00", "printk jiffies hidden nowhere", ListsNothing},
	} {
		var image Image
		others, lists, err := image.Without(proc(test.list), []string{"printk", "jiffies", "hidden", "nowhere"})
		if strings.Join(others, " ") != test.others || lists != test.lists || err != nil {
			t.Errorf("%s: %v, %d, %v", test.name, others, lists, err)
		}
	}
}

// TestWithoutOnce: a list that is not empty is read once.
func TestWithoutOnce(t *testing.T) {
	var image Image
	if _, _, err := image.Without(fstest.MapFS{}, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no list: %v", err)
	}
	for i, list := range []string{"", "0 T a\n", "0 T b\n"} {
		others, _, err := image.Without(proc(list), []string{"a"})
		if (len(others) == 0) != (i > 0) || err != nil {
			t.Errorf("%q: %v, %v", list, others, err)
		}
	}
}

// TestGPLOnly: the entries between the bounds of their table are for the GPL only.
func TestGPLOnly(t *testing.T) {
	const entries = "10 r __ksymtab_free\n20 r __ksymtab_first\n2c r __ksymtab_last\n38 r __ksymtab_beyond\n"
	const bounds = "20 R __start___ksymtab_gpl\n38 R __stop___ksymtab_gpl\n"
	for _, test := range []struct {
		name, list string
		only       string // of the symbols below; "-" if that is not known
	}{
		{"bounds first", bounds + entries, "first last"},
		{"bounds last", entries + bounds, "first last"},
		{"no bounds", entries, "-"},
		{"one bound", entries + "20 R __start___ksymtab_gpl\n", "-"},
		{"an empty table", entries + "20 R __start___ksymtab_gpl\n20 R __stop___ksymtab_gpl\n", "-"},
		{"hidden addresses", "0 r __ksymtab_first\n0 R __start___ksymtab_gpl\n0 R __stop___ksymtab_gpl\n", "-"},
		{"one hidden address", bounds + entries + "0 r __ksymtab_none\n", "-"},
		{"addresses that are no numbers", "x r __ksymtab_first\n" + bounds, "-"},
		{"no entries", bounds + "20 T first\n", "-"},
		{"nothing", "", "-"},
	} {
		var image Image
		got := "-"
		for _, name := range []string{"free", "first", "last", "beyond"} {
			only, known := image.GPLOnly(proc(test.list), name)
			if known && got == "-" {
				got = ""
			}
			if only {
				got = strings.TrimSpace(got + " " + name)
			}
		}
		if got != test.only {
			t.Errorf("%s: %q", test.name, got)
		}
	}
	var image Image
	if _, known := image.GPLOnly(proc(entries+bounds), "nowhere"); known {
		t.Error("the license of a symbol is known that is not exported")
	}
	if _, known := new(Image).GPLOnly(fstest.MapFS{}, "first"); known {
		t.Error("a license is known without a list")
	}
}

// TestCertain: only the entries tell for certain what is exported.
func TestCertain(t *testing.T) {
	for list, want := range map[string]string{
		"0 T printk\n0 r __ksymtab_printk\n0 T hidden\n": "printk true",
		"0 T printk\n0 D hidden\n":                       " false",
		"":                                               " false",
	} {
		got, known := new(Image).Certain(proc(list), []string{"printk", "hidden"})
		if text := strings.Join(got, " ") + " " + map[bool]string{true: "true", false: "false"}[known]; text != want {
			t.Errorf("%q: %s", list, text)
		}
	}
}
